local nj = require "nightjar"

return nj.clip {
  name = "NAME",
  doc = "One line: squashes each entry of the gradient with tanh, so that none is larger than the limit.",
  params = { limit = { default = 1, above = 0, type = "number", doc = "the largest entry" } },
  apply = function(self, g)
    return self.limit * (g / self.limit):tanh()
  end,
}
