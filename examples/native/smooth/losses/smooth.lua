local nj = require "nightjar"

-- Szegedy et al., CVPR 2016, section 7: what losses/ls computes.
return nj.loss {
  name = "smooth",
  doc = "Label smoothing by a kernel in C: (1 - r) cross-entropy + r times its mean over all labels.",
  params = { r = { default = 0.1, min = -1e3, max = 1, doc = "share of the uniform target; may be negative" } },
  forward = function(self, logits, labels)
    return nj.native.smooth.smoothed(logits, labels, { r = self.r })
  end,
}
