local nj = require "nightjar"

-- Pascanu, Mikolov and Bengio 2013; the small number as in PyTorch's clip_grad_norm_.
-- In float64 and scaled, so that squares neither overflow nor vanish: entries count from 1e-54 to 1e254.
local scale = 2.0 ^ -332

return nj.clip {
  name = "norm",
  doc = "Scales all gradients together so that their common Euclidean norm is at most the limit.",
  params = { limit = { above = 0, max = math.huge, type = "number", doc = "the largest norm" } },
  measure = function(_, g)
    return (g:double() * scale):square():sum()
  end,
  factor = function(self, total)
    return (self.limit / (total:sqrt() / scale + 1e-6)):minimum(1)
  end,
  apply = function(_, g, factor)
    return g * factor
  end,
}
