local nj = require "nightjar"

-- Kingma and Ba 2015, section 7.1; epsilon where PyTorch's torch.optim.Adamax has it.
return nj.optimizer {
  name = "adamax",
  doc = "Adamax (Kingma & Ba 2015): Adam with the largest gradient in the place of the root mean square.",
  params = {
    beta1 = { default = 0.9, min = 0, below = 1, doc = "decay of the average gradient" },
    beta2 = { default = 0.999, min = 0, below = 1, doc = "decay of the largest gradient" },
    epsilon = { default = 1e-8, min = 1e-30, max = 1e6, doc = "keeps the quotient finite" },
    weight_decay = { default = 0, min = 0, max = 1e6, doc = "multiple of the weights added to the gradient" },
  },
  state = { first = "zeros", largest = "zeros" },
  update = function(self, w, g, s, lr, step)
    if self.weight_decay ~= 0 then
      g = g + self.weight_decay * w
    end
    s.first = self.beta1 * s.first + (1 - self.beta1) * g
    s.largest = (self.beta2 * s.largest):maximum(g:abs() + self.epsilon)
    return w - lr / (1 - self.beta1 ^ step) * s.first / s.largest
  end,
}
