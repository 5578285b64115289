local nj = require "nightjar"

-- Zhang and Sabuncu, NeurIPS 2018, equation 10: gce held fixed below the probability k, so that such samples have no
-- gradient. The variant that drops samples for several epochs is tgce_pruned.
return nj.loss {
  name = "tgce",
  doc = "Truncated gce: (1 - max(p_y, k)^q) / q; samples with p_y below k are left out.",
  params = {
    q = { default = 0.7, min = 1e-6, max = 1, doc = "as in gce" },
    k = {
      default = 0.5, min = 1e-12, below = 1,
      doc = "the probability of the label below which a sample is left out",
    },
  },
  forward = function(self, logits, labels)
    local log_p = logits:log_softmax():pick(labels):maximum(math.log(self.k))
    return -(self.q * log_p):expm1() / self.q
  end,
}
