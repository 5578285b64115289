local nj = require "nightjar"

-- The rate falls at the end of the epochs named: epoch 100 of `drops = { 100, 150 }` still has the full rate.
return nj.schedule {
  name = "step",
  doc = "The base rate, multiplied by a factor after each of the epochs given.",
  params = {
    base = { default = 0.1, min = 0, doc = "the rate at the start" },
    drops = {
      default = {}, each = { type = "integer", min = 1 },
      doc = "epochs after which the rate falls, for example { 100, 150 }",
    },
    every = { type = "integer", min = 1, optional = true, doc = "epochs from one fall to the next, beside the drops" },
    factor = { default = 0.1, min = 0, max = 10, doc = "what the rate is multiplied by" },
  },
  example = { drops = { 100, 150 } },
  value = function(self, epoch)
    local rate = self.every and self.base * self.factor ^ ((epoch - 1) // self.every) or self.base
    for _, drop in ipairs(self.drops) do
      if epoch > drop then
        rate = rate * self.factor
      end
    end
    return rate
  end,
}
