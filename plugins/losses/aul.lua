local nj = require "nightjar"

-- Zhou et al., ICML 2021, equation 11. Their (a, q): MNIST 3, 0.1; CIFAR 5.5, 3.
return nj.loss {
  name = "aul",
  doc = "Asymmetric unhinged loss: ((a-p_y)^q - (a-1)^q) / q.",
  params = {
    a = { default = 5.5, min = 1 + 1e-6, max = 1e3, doc = "above 1" },
    q = { default = 3, min = 1e-6, max = 10, doc = "the power; 1 is unhinged" },
  },
  forward = function(self, logits, labels)
    local log_p, a, q = logits:log_softmax():pick(labels), self.a, self.q
    if (a / (a - 1)) ^ q > 1e30 then
      return ((a - log_p:exp()) ^ q - (a - 1) ^ q) / q
    end
    -- (a-p) / (a-1) is 1 + (1-p) / (a-1): the difference of the powers would cancel where q is small or a large.
    return (a - 1) ^ q * (q * (-log_p:expm1() / (a - 1)):log1p()):expm1() / q
  end,
}
