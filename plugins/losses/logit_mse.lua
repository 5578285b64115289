local nj = require "nightjar"

-- Hui and Belkin, "Evaluation of neural architectures trained with square loss vs cross-entropy in classification
-- tasks", ICLR 2021, section 2.
return nj.loss {
  name = "logit_mse",
  doc = "Squared distance of the logits from M at the label, k times as heavy there, and 0 elsewhere. No softmax.",
  params = {
    k = { default = 1, min = 0, max = 1e6, doc = "weight of the label's logit; 15 for 1,000 classes there" },
    m = {
      default = 1, min = 0, max = 1e6,
      doc = "M, the logit that the label should have; 30 for 1,000 classes there",
    },
  },
  forward = function(self, logits, labels)
    local label = nj.one_hot(labels, logits:size(-1), { dtype = logits:dtype() })
    return ((1 + (self.k - 1) * label) * (logits - self.m * label):square()):sum(-1)
  end,
}
