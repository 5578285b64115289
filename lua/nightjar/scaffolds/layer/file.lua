local nj = require "nightjar"

return nj.layer {
  name = "NAME",
  doc = "One line: multiplies each feature by a weight of its own.",
  params = {
    features = { type = "integer", min = 1, doc = "numbers a sample" },
  },
  -- What is trained, by name: a shape, and what the weights start from.
  parameters = function(self)
    return { scale = { shape = { self.features }, init = "ones" } }
  end,
  forward = function(self, x)
    return x * self.scale
  end,
}
