local nj = require "nightjar"

-- Englesson and Azizpour, "Generalized Jensen-Shannon divergence loss for learning with noisy labels", NeurIPS 2021,
-- equation 5, scaled by -(1-w) log(1-w). With e the label and m = w e + (1-w) p: w KL(e, m) + (1-w) KL(p, m); away
-- from the label m is (1-w) p, so that the whole depends on p_y alone.
return nj.loss {
  name = "js",
  doc = "Scaled Jensen-Shannon divergence of label and prediction: cross-entropy as w goes to 0, unhinged as to 1.",
  params = { w = { default = 0.7, min = 1e-6, max = 1 - 1e-6, doc = "weight of the label in the mean, pi_1" } },
  forward = function(self, logits, labels)
    local w, rest = self.w, 1 - self.w
    local log_p = logits:log_softmax():pick(labels)
    local p, miss = log_p:exp(), -log_p:expm1()
    local log_m = (-rest * miss):log1p()
    -- log m - log p is log(1 + w (1-p) / p): the difference of both would cancel where w is small. Below exp(-80), p
    -- times it is nothing.
    local gain = (w * miss * (-log_p:clamp(-80)):exp()):log1p()
    local divergence = -rest * (p * gain + math.log(rest) * miss) - w * log_m
    return divergence / (-rest * math.log(rest))
  end,
}
