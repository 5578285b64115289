local nj = require "nightjar"

return nj.average {
  name = "ema",
  doc = "Exponential moving average of the weights (Polyak & Juditsky 1992).",
  params = {
    decay = { default = 0.999, min = 0, below = 1, doc = "share of the average that stays from step to step" },
    warmup = { default = true, doc = "lets the first steps count more: decay is at most (1 + step) / (10 + step)" },
  },
  update = function(self, average, w, step)
    local decay = self.decay
    if self.warmup then
      decay = math.min(decay, (1 + step) / (10 + step))
    end
    return decay * average + (1 - decay) * w
  end,
}
