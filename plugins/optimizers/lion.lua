local nj = require "nightjar"

-- Chen et al. 2023, algorithm 2: the sign of a mix of momentum and gradient; decay shrinks the weights directly.
return nj.optimizer {
  name = "lion",
  doc = "Lion (Chen et al. 2023): steps of one size along the sign of the momentum.",
  params = {
    beta1 = { default = 0.9, min = 0, below = 1, doc = "share of the momentum in the direction of a step" },
    beta2 = { default = 0.99, min = 0, below = 1, doc = "decay of the momentum" },
    weight_decay = { default = 0, min = 0, max = 1e6, doc = "share of the weights taken away at each step, times "
      .. "the rate" },
  },
  state = { momentum = "zeros" },
  update = function(self, w, g, s, lr)
    -- beta2 m + (1 - beta2) g, made of the mix, so that both are one sweep.
    local mix = self.beta1 * s.momentum + (1 - self.beta1) * g
    s.momentum = mix + (self.beta2 - self.beta1) * (s.momentum - g)
    return w * (1 - lr * self.weight_decay) - lr * mix:sign()
  end,
}
