local nj = require "nightjar"

-- The paper's Inception-Lite runs: base 0.01, decay 0.95.
return nj.schedule {
  name = "exponential",
  doc = "The base rate, multiplied by a factor after every epoch.",
  params = {
    base = { default = 0.01, min = 0, doc = "the rate in the first epoch" },
    decay = { default = 0.95, min = 0, max = 2, doc = "what the rate is multiplied by after each epoch" },
  },
  value = function(self, epoch)
    return self.base * self.decay ^ (epoch - 1)
  end,
}
