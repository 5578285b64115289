local nj = require "nightjar"

-- Zhou et al., "Asymmetric loss functions for learning with noisy labels", ICML 2021, equation 10. Their (a, q):
-- MNIST 4, 0.2; CIFAR 0.6, 0.6.
return nj.loss {
  name = "agce",
  doc = "Asymmetric gce: ((a+1)^q - (a+p_y)^q) / q.",
  params = {
    a = { default = 0.6, min = 1e-6, max = 1e3, doc = "distance from the singularity of the power" },
    q = { default = 0.6, min = 1e-6, max = 10, doc = "the power" },
  },
  forward = function(self, logits, labels)
    local p, most = logits:softmax():pick(labels), self.a + 1
    -- The difference of the powers, which would cancel where q is small.
    return -(most ^ self.q) * (self.q * ((self.a + p) / most):log()):expm1() / self.q
  end,
}
