local nj = require "nightjar"

-- As PyTorch's torch.optim.SGD: decay is added to the gradient, and the first velocity is the first gradient
-- (which a velocity that starts at zero gives by itself), also where later ones are dampened.
return nj.optimizer {
  name = "sgd",
  doc = "Stochastic gradient descent with momentum, Nesterov momentum and weight decay.",
  params = {
    momentum = { default = 0, min = 0, max = 1, doc = "share of the velocity that stays from step to step" },
    weight_decay = { default = 0, min = 0, max = 1e6, doc = "multiple of the weights added to the gradient" },
    dampening = {
      default = 0, min = 0, max = 1, doc = "share of the gradient that does not enter the velocity",
    },
    nesterov = { default = false, doc = "look ahead along the velocity; needs momentum" },
  },
  state = { velocity = "zeros" },
  check = function(self)
    if self.nesterov and self.momentum == 0 then
      return "nesterov looks ahead along the velocity: it needs a momentum above 0"
    elseif self.nesterov and self.dampening ~= 0 then
      return "nesterov looks ahead along a velocity that is not dampened: leave dampening at 0"
    end
  end,
  example = { momentum = 0.9 },
  update = function(self, w, g, s, lr, step)
    if self.weight_decay ~= 0 then
      g = g + self.weight_decay * w
    end
    if self.momentum == 0 then
      return w - lr * g
    end
    local enters = (step == 1 or self.dampening == 0) and g or (1 - self.dampening) * g
    s.velocity = self.momentum * s.velocity + enters
    return w - lr * (self.nesterov and g + self.momentum * s.velocity or s.velocity)
  end,
}
