local nj = require "nightjar"

-- Ma et al., ICML 2020, equation 9: focal over its sum of all labels. See focal about `detach`.
return nj.loss {
  name = "nfl",
  doc = "Focal loss over its sum of all labels: symmetric, 0 to 1.",
  params = {
    gamma = { default = 0.5, min = 0, max = 100, doc = "0 is nce" },
    detach = { default = false, doc = "hold the factors (1 - p)^gamma fixed, as the authors' code does" },
  },
  detaches = "the factors (1 - p)^gamma, where `detach` is true",
  soft = true,
  forward = function(self, logits, labels)
    -- A class of probability 0 (a logit of -inf) has a logarithm that is held finite.
    local log_p = logits:log_softmax():maximum(-1e30)
    local factor = (-log_p:expm1()):maximum(1e-20) ^ self.gamma
    local focal = (self.detach and factor:detach() or factor) * log_p
    return focal:pick(labels) / focal:sum(-1)
  end,
}
