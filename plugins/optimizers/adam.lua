local nj = require "nightjar"

-- Kingma and Ba 2015, algorithm 1, with the bias corrections applied as PyTorch applies them:
-- the denominator is sqrt(v / (1 - beta2^t)) + epsilon. Weight decay, if any, is added to the gradient (L2).
return nj.optimizer {
  name = "adam",
  doc = "Adam (Kingma & Ba 2015); weight decay is added to the gradient.",
  params = {
    beta1 = { default = 0.9, min = 0, below = 1, doc = "decay of the average gradient" },
    beta2 = { default = 0.999, min = 0, below = 1, doc = "decay of the average squared gradient" },
    epsilon = { default = 1e-8, min = 1e-30, max = 1e6, doc = "keeps the quotient finite" },
    amsgrad = { default = false, doc = "divide by the largest average so far (Reddi, Kale & Kumar 2018)" },
    weight_decay = { default = 0, min = 0, max = 1e6, doc = "multiple of the weights added to the gradient" },
  },
  state = function(self)
    return { first = "zeros", second = "zeros", largest = self.amsgrad and "zeros" or nil }
  end,
  update = function(self, w, g, s, lr, step)
    if self.weight_decay ~= 0 then
      g = g + self.weight_decay * w
    end
    s.first = self.beta1 * s.first + (1 - self.beta1) * g
    s.second = self.beta2 * s.second + (1 - self.beta2) * g:square()
    local square = s.second
    if self.amsgrad then
      s.largest = s.largest:maximum(s.second)
      square = s.largest
    end
    local size = lr / (1 - self.beta1 ^ step)
    local scale = 1 / math.sqrt(1 - self.beta2 ^ step)
    return w - size * s.first / (square:sqrt() * scale + self.epsilon)
  end,
}
