local nj = require "nightjar"

-- As PyTorch's torch.optim.SGD: decay is added to the gradient, and the first velocity is the first gradient
-- (which a velocity that starts at zero gives by itself).
return nj.optimizer {
  name = "sgd",
  doc = "Stochastic gradient descent with momentum, Nesterov momentum and weight decay.",
  params = {
    momentum = { default = 0, min = 0, max = 1, doc = "share of the velocity that stays from step to step" },
    weight_decay = { default = 0, min = 0, max = 1e6, doc = "multiple of the weights added to the gradient" },
    nesterov = { default = false, doc = "look ahead along the velocity; needs momentum" },
  },
  state = { velocity = "zeros" },
  check = function(self)
    if self.nesterov and self.momentum == 0 then
      return "nesterov looks ahead along the velocity: it needs a momentum above 0"
    end
  end,
  example = { momentum = 0.9 },
  update = function(self, w, g, s, lr)
    if self.weight_decay ~= 0 then
      g = g + self.weight_decay * w
    end
    if self.momentum == 0 then
      return w - lr * g
    end
    s.velocity = self.momentum * s.velocity + g
    return w - lr * (self.nesterov and g + self.momentum * s.velocity or s.velocity)
  end,
}
