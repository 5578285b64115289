local nj = require "nightjar"

-- What it is, where it comes from (paper, algorithm), and how it differs from what others call so.
return nj.optimizer {
  name = "NAME",
  doc = "One line: gradient descent with momentum.",
  params = {
    momentum = { default = 0.9, min = 0, below = 1, doc = "share of the velocity that stays" },
  },
  -- What it remembers of each weight; checkpoints keep it.
  state = { velocity = "zeros" },
  -- w: the weights, g: their gradient, s: the state, lr: the learning rate. Gives the new weights.
  -- Written in tensor operations, it runs as one pass over each parameter.
  update = function(self, w, g, s, lr)
    s.velocity = self.momentum * s.velocity + g
    return w - lr * s.velocity
  end,
}
