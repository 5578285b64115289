local nj = require "nightjar"

-- Dozat 2016, with the schedule of its momentum as PyTorch's torch.optim.NAdam has it. The product of all momenta so
-- far is remembered with each parameter, so that a momentum which changes on the way is counted right.
return nj.optimizer {
  name = "nadam",
  doc = "NAdam (Dozat 2016): Adam with Nesterov momentum.",
  params = {
    beta1 = { default = 0.9, min = 0, below = 1, doc = "decay of the average gradient" },
    beta2 = { default = 0.999, min = 0, below = 1, doc = "decay of the average squared gradient" },
    epsilon = { default = 1e-8, min = 1e-30, max = 1e6, doc = "keeps the quotient finite" },
    momentum_decay = { default = 4e-3, min = 0, max = 1e6, doc = "how soon the momentum reaches beta1" },
    weight_decay = { default = 0, min = 0, max = 1e6, doc = "multiple of the weights added to the gradient" },
  },
  state = { first = "zeros", second = "zeros", product = "ones" },
  update = function(self, w, g, s, lr, step)
    if self.weight_decay ~= 0 then
      g = g + self.weight_decay * w
    end
    local now = self.beta1 * (1 - 0.5 * 0.96 ^ (step * self.momentum_decay))
    local next = self.beta1 * (1 - 0.5 * 0.96 ^ ((step + 1) * self.momentum_decay))
    s.product = now * s.product
    s.first = self.beta1 * s.first + (1 - self.beta1) * g
    s.second = self.beta2 * s.second + (1 - self.beta2) * g:square()
    local direction = (1 - now) / (1 - s.product) * g + next / (1 - next * s.product) * s.first
    return w - lr * direction / ((s.second / (1 - self.beta2 ^ step)):sqrt() + self.epsilon)
  end,
}
