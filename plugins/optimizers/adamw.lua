local nj = require "nightjar"

-- Loshchilov and Hutter 2019: decay shrinks the weights directly and does not enter the averages.
return nj.optimizer {
  name = "adamw",
  doc = "Adam with decoupled weight decay (Loshchilov & Hutter 2019).",
  params = {
    beta1 = { default = 0.9, min = 0, below = 1, doc = "decay of the average gradient" },
    beta2 = { default = 0.999, min = 0, below = 1, doc = "decay of the average squared gradient" },
    epsilon = { default = 1e-8, min = 1e-30, max = 1e6, doc = "keeps the quotient finite" },
    amsgrad = { default = false, doc = "divide by the largest average so far (Reddi, Kale & Kumar 2018)" },
    weight_decay = {
      default = 0.01, min = 0, max = 1e6,
      doc = "share of the weights taken away at each step, times the rate",
    },
  },
  state = function(self)
    return { first = "zeros", second = "zeros", largest = self.amsgrad and "zeros" or nil }
  end,
  update = function(self, w, g, s, lr, step)
    s.first = self.beta1 * s.first + (1 - self.beta1) * g
    s.second = self.beta2 * s.second + (1 - self.beta2) * g:square()
    local square = s.second
    if self.amsgrad then
      s.largest = s.largest:maximum(s.second)
      square = s.largest
    end
    local size = lr / (1 - self.beta1 ^ step)
    local scale = 1 / math.sqrt(1 - self.beta2 ^ step)
    return w * (1 - lr * self.weight_decay) - size * s.first / (square:sqrt() * scale + self.epsilon)
  end,
}
