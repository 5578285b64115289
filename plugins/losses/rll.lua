local nj = require "nightjar"

-- Kumar and Sastry, "Robust loss functions for learning multi-class classifiers", IEEE SMC 2018.
-- The paper on memorization does not state its alpha; 0.1 is what its experiment script uses.
return nj.loss {
  name = "rll",
  doc = "Robust log loss (Kumar & Sastry 2018): symmetric and bounded.",
  params = {
    alpha = { default = 0.1, min = 1e-12, max = 1e3, doc = "keeps the logarithm finite; sets the bound of the loss" },
  },
  soft = true,
  forward = function(self, logits, labels)
    local classes = logits:size(-1)
    local log_p = (logits:softmax() + self.alpha):log()
    local given = log_p:pick(labels)
    local others = (log_p:sum(-1) - given) / (classes - 1)
    return math.log((1 + self.alpha) / self.alpha) - given + others
  end,
}
