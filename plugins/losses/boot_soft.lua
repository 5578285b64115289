local nj = require "nightjar"

-- Reed et al., "Training deep neural networks on noisy labels with bootstrapping", ICLR 2015 workshop, equation 6.
-- The gradient goes through the prediction in the target as well.
return nj.loss {
  name = "boot_soft",
  doc = "Soft bootstrapping: cross-entropy to beta label + (1 - beta) prediction.",
  params = { beta = { default = 0.95, min = 0, max = 1, doc = "share of the label in the target" } },
  soft = true,
  forward = function(self, logits, labels)
    local log_p = logits:log_softmax()
    -- A class of probability 0 (a logit of -inf) adds nothing: its logarithm is held finite.
    local entropy = -(log_p:exp() * log_p:clamp(-1e4)):sum(-1)
    return (1 - self.beta) * entropy - self.beta * log_p:pick(labels)
  end,
}
