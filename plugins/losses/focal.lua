local nj = require "nightjar"

-- Lin et al., "Focal loss for dense object detection", ICCV 2017, equation 4; gamma is 2 there and 0.5 in papers on
-- label noise. Much code for label noise holds the factor fixed: the value is the same, the gradient is not.
-- By the logarithm of the label's probability.
local function of_label(self, log_p)
  -- 1 - p without loss of digits, and away from 0, where the power has no derivative.
  local factor = (-log_p:expm1()):maximum(1e-20) ^ self.gamma
  return -(self.detach and factor:detach() or factor) * log_p
end

return nj.loss {
  name = "focal",
  doc = "(1 - p_y)^gamma times cross-entropy: samples that are fit well count less.",
  params = {
    gamma = { default = 0.5, min = 0, max = 100, doc = "0 is cross-entropy" },
    detach = { default = false, doc = "hold the factor (1 - p_y)^gamma fixed, as code for label noise does" },
  },
  detaches = "the factor (1 - p_y)^gamma, where `detach` is true",
  forward = function(self, logits, labels)
    return of_label(self, logits:log_softmax():pick(labels))
  end,
  soft = function(self, logits, labels)
    -- A class without a share may have the probability 0 (a logit of -inf).
    return of_label(self, nj.where(labels:gt(0), logits:log_softmax(), 0)):pick(labels)
  end,
}
