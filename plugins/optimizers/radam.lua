local nj = require "nightjar"

-- Liu et al. 2020, algorithm 2; the constants as PyTorch's torch.optim.RAdam has them.
return nj.optimizer {
  name = "radam",
  doc = "RAdam (Liu et al. 2020): Adam whose first steps are plain momentum, until the average square can be trusted.",
  params = {
    beta1 = { default = 0.9, min = 0, below = 1, doc = "decay of the average gradient" },
    beta2 = { default = 0.999, min = 0, below = 1, doc = "decay of the average squared gradient" },
    epsilon = { default = 1e-8, min = 1e-30, max = 1e6, doc = "keeps the quotient finite" },
    weight_decay = { default = 0, min = 0, max = 1e6, doc = "multiple of the weights added to the gradient" },
  },
  state = { first = "zeros", second = "zeros" },
  update = function(self, w, g, s, lr, step)
    if self.weight_decay ~= 0 then
      g = g + self.weight_decay * w
    end
    s.first = self.beta1 * s.first + (1 - self.beta1) * g
    s.second = self.beta2 * s.second + (1 - self.beta2) * g:square()
    local size = lr / (1 - self.beta1 ^ step)
    -- How many gradients the average square is made of, now and in the end.
    local left = 1 - self.beta2 ^ step
    local most = 2 / (1 - self.beta2) - 1
    local length = most - 2 * step * self.beta2 ^ step / left
    if length <= 5 then
      return w - size * s.first
    end
    local rectified = math.sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length))
    return w - size * rectified * math.sqrt(left) * s.first / (s.second:sqrt() + self.epsilon)
  end,
}
