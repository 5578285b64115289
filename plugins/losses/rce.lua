local nj = require "nightjar"

-- Wang et al., "Symmetric cross entropy for robust learning with noisy labels", ICCV 2019, equation 6: cross-entropy
-- with the roles of prediction and label exchanged, where log 0 is A. The authors' code clips zeros to 1e-4, so
-- A = log(1e-4) = -9.21; the paper writes -4.
return nj.loss {
  name = "rce",
  doc = "Reverse cross-entropy, -A (1 - p_y) with A in place of log 0: symmetric, 0 to -A.",
  params = { log_zero = { default = math.log(1e-4), min = -1e6, below = 0, doc = "A, what stands for log 0" } },
  soft = true,
  forward = function(self, logits, labels)
    return -self.log_zero * (1 - logits:softmax():pick(labels))
  end,
}
