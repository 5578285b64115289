local nj = require "nightjar"

-- Szegedy et al., "Rethinking the Inception architecture", CVPR 2016, section 7; below 0: Wei et al., "To smooth or
-- not? When label smoothing meets noisy labels", ICML 2022 (generalised label smoothing, gls).
return nj.loss {
  name = "ls",
  doc = "Label smoothing: (1 - r) cross-entropy + r times its mean over all labels; r below 0 is negative smoothing.",
  params = { r = { default = 0.1, min = -1e3, max = 1, doc = "share of the uniform target; may be negative" } },
  soft = true,
  forward = function(self, logits, labels)
    local log_p = logits:log_softmax()
    return (self.r - 1) * log_p:pick(labels) - self.r * log_p:mean(-1)
  end,
}
