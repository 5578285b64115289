local nj = require "nightjar"

-- Hinton's lecture 6e (2012); centered as in Graves 2013, momentum as PyTorch's torch.optim.RMSprop has it: it gathers
-- scaled gradients, and the rate multiplies what is gathered.
return nj.optimizer {
  name = "rmsprop",
  doc = "RMSprop (Hinton 2012): the gradient over the root of its average square.",
  params = {
    alpha = { default = 0.99, min = 0, below = 1, doc = "decay of the average squared gradient" },
    epsilon = { default = 1e-8, min = 1e-30, max = 1e6, doc = "keeps the quotient finite" },
    momentum = { default = 0, min = 0, max = 1, doc = "share of the velocity that stays from step to step" },
    centered = { default = false, doc = "divide by the deviation of the gradient instead of its root mean square" },
    weight_decay = { default = 0, min = 0, max = 1e6, doc = "multiple of the weights added to the gradient" },
  },
  state = function(self)
    return { second = "zeros", first = self.centered and "zeros" or nil, velocity = "zeros" }
  end,
  update = function(self, w, g, s, lr)
    if self.weight_decay ~= 0 then
      g = g + self.weight_decay * w
    end
    s.second = self.alpha * s.second + (1 - self.alpha) * g:square()
    local scale = s.second
    if self.centered then
      s.first = self.alpha * s.first + (1 - self.alpha) * g
      -- A variance that rounding made negative is none.
      scale = (s.second - s.first:square()):maximum(0)
    end
    local scaled = g / (scale:sqrt() + self.epsilon)
    if self.momentum == 0 then
      return w - lr * scaled
    end
    s.velocity = self.momentum * s.velocity + scaled
    return w - lr * s.velocity
  end,
}
