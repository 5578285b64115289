local nj = require "nightjar"
local transition = require "transition"

-- Patrini et al., CVPR 2017, theorem 1: sum over j of (T^-1)_yj (-log p_j). Its mean over noisy labels is the
-- cross-entropy of the true one. It can be negative, and has no lower bound.

return nj.loss {
  name = "backward",
  doc = "Backward correction: cross-entropy of all labels, weighted by the label's row of the inverse of T.",
  params = transition.params,
  check = function(self, classes)
    return transition.fault(self, classes, nj.noise.inverse)
  end,
  example = { rate = 0.4 },
  forward = function(self, logits, labels)
    local inverse_t = transition.tensor(self, logits, nj.noise.inverse)
    local row = nj.one_hot(labels, logits:size(-1), { dtype = logits:dtype() }):matmul(inverse_t)
    return -(row * logits:log_softmax()):sum(-1)
  end,
}
