local nj = require "nightjar"

-- Pascanu, Mikolov and Bengio 2013; the small number as in PyTorch's clip_grad_norm_.
return nj.clip {
  name = "norm",
  doc = "Scales all gradients together so that their common Euclidean norm is at most the limit.",
  params = { limit = { min = 0, type = "number", doc = "the largest norm" } },
  measure = function(_, g)
    return g:square():sum()
  end,
  factor = function(self, total)
    return (self.limit / (total:sqrt() + 1e-6)):minimum(1)
  end,
  apply = function(_, g, factor)
    return g * factor
  end,
}
