local nj = require "nightjar"

return nj.schedule {
  name = "NAME",
  doc = "One line: the base rate, divided by the square root of the epoch.",
  params = {
    base = { default = 0.1, min = 0, doc = "the rate of the first epoch" },
  },
  -- epoch and step count from 1; step counts through the whole training. Gives the learning rate of that step.
  value = function(self, epoch)
    return self.base / math.sqrt(epoch)
  end,
}
