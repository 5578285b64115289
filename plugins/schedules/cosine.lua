local nj = require "nightjar"

-- Loshchilov and Hutter 2017, one period without restarts; the warm-up rises linearly.
return nj.schedule {
  name = "cosine",
  doc = "Rises over the first epochs, then falls to a floor along half a cosine.",
  params = {
    base = { default = 0.1, min = 0, doc = "the highest rate" },
    epochs = { default = 100, type = "integer", min = 1, doc = "epochs in all" },
    warmup = { default = 0, type = "integer", min = 0, doc = "epochs over which the rate rises to the base" },
    floor = { default = 0, min = 0, doc = "the rate at the end" },
  },
  check = function(self)
    if self.warmup >= self.epochs then
      return string.format("the warm-up, %d epochs, must be shorter than the run, %d epochs", self.warmup, self.epochs)
    elseif self.floor > self.base then
      return string.format("the floor, %.14g, must be at most the base, %.14g", self.floor, self.base)
    end
  end,
  value = function(self, epoch)
    if epoch <= self.warmup then
      return self.base * epoch / self.warmup
    end
    local progress = math.min(1, (epoch - self.warmup - 1) / (self.epochs - self.warmup))
    return self.floor + (self.base - self.floor) * (1 + math.cos(math.pi * progress)) / 2
  end,
}
