local nj = require "nightjar"

-- Duchi, Hazan and Singer 2011, with the options of PyTorch's torch.optim.Adagrad.
return nj.optimizer {
  name = "adagrad",
  doc = "Adagrad (Duchi, Hazan & Singer 2011): the gradient over the root of the sum of all its squares.",
  params = {
    lr_decay = { default = 0, min = 0, max = 1e6, doc = "the rate is divided by 1 + (step - 1) times this" },
    initial_accumulator = { default = 0, min = 0, max = 1e6, doc = "where the sum of squares starts" },
    epsilon = { default = 1e-10, min = 1e-30, max = 1e6, doc = "keeps the quotient finite" },
    weight_decay = { default = 0, min = 0, max = 1e6, doc = "multiple of the weights added to the gradient" },
  },
  state = function(self)
    return { sum = self.initial_accumulator }
  end,
  update = function(self, w, g, s, lr, step)
    if self.weight_decay ~= 0 then
      g = g + self.weight_decay * w
    end
    s.sum = s.sum + g:square()
    return w - lr / (1 + (step - 1) * self.lr_decay) * g / (s.sum:sqrt() + self.epsilon)
  end,
}
