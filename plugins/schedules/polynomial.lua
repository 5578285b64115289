local nj = require "nightjar"

-- As PyTorch's PolynomialLR, with a floor.
return nj.schedule {
  name = "polynomial",
  doc = "Falls from the base to a floor as a power of what is left of the training.",
  params = {
    base = { default = 0.1, min = 0, doc = "the rate at the start" },
    power = { default = 1, min = 0, max = 100, doc = "1 falls along a line" },
    floor = { default = 0, min = 0, doc = "the rate at the end" },
    epochs = { type = "integer", min = 1, optional = true, doc = "epochs until the floor; those of the training "
      .. "unless given" },
    by_step = { default = false, doc = "fall from step to step instead of from epoch to epoch" },
  },
  check = function(self)
    if self.floor > self.base then
      return string.format("the floor, %.14g, must be at most the base, %.14g", self.floor, self.base)
    end
  end,
  value = function(self, epoch, step, run)
    local done = self.by_step and (step - 1) / run.steps_per_epoch or epoch - 1
    local left = math.max(0, 1 - done / (self.epochs or run.epochs))
    return self.floor + (self.base - self.floor) * left ^ self.power
  end,
}
