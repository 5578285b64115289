local nj = require "nightjar"

-- Loshchilov and Hutter 2017 (SGDR), as PyTorch's CosineAnnealingWarmRestarts.
return nj.schedule {
  name = "warm_restarts",
  doc = "Falls to a floor along half a cosine and starts again, each time for longer (SGDR).",
  params = {
    base = { default = 0.1, min = 0, doc = "the rate after each start" },
    floor = { default = 0, min = 0, doc = "the rate that is fallen to" },
    period = { default = 10, type = "integer", min = 1, doc = "epochs until the first restart" },
    growth = { default = 1, type = "integer", min = 1, doc = "what the period is multiplied by at each restart" },
    by_step = { default = false, doc = "fall from step to step instead of from epoch to epoch" },
  },
  check = function(self)
    if self.floor > self.base then
      return string.format("the floor, %.14g, must be at most the base, %.14g", self.floor, self.base)
    end
  end,
  value = function(self, epoch, step, run)
    local done = self.by_step and (step - 1) / run.steps_per_epoch or epoch - 1
    local period = self.period
    if self.growth == 1 then
      done = done % period
    else
      while done >= period do
        done, period = done - period, period * self.growth
      end
    end
    return self.floor + (self.base - self.floor) * (1 + math.cos(math.pi * done / period)) / 2
  end,
}
