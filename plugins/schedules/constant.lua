local nj = require "nightjar"

return nj.schedule {
  name = "constant",
  doc = "The same rate all along.",
  params = { base = { default = 0.01, min = 0, doc = "the rate" } },
  value = function(self)
    return self.base
  end,
}
