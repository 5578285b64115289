local nj = require "nightjar"

-- Loshchilov and Hutter 2017, one period without restarts; the warm-up rises linearly.
return nj.schedule {
  name = "cosine",
  doc = "Rises over the first epochs, then falls to a floor along half a cosine.",
  params = {
    base = { default = 0.1, min = 0, doc = "the highest rate" },
    epochs = { default = 100, min = 1, doc = "epochs in all" },
    warmup = { default = 0, min = 0, doc = "epochs over which the rate rises to the base" },
    floor = { default = 0, min = 0, doc = "the rate at the end" },
  },
  value = function(self, epoch)
    if epoch <= self.warmup then
      return self.base * epoch / self.warmup
    end
    local span = math.max(1, self.epochs - self.warmup)
    local progress = math.min(1, (epoch - self.warmup - 1) / span)
    return self.floor + (self.base - self.floor) * (1 + math.cos(math.pi * progress)) / 2
  end,
}
