local nj = require "nightjar"

-- Ma et al., "Normalized loss functions for deep learning with noisy labels", ICML 2020, equation 8.
return nj.loss {
  name = "nce",
  doc = "Cross-entropy over its sum of all labels: symmetric, 0 to 1.",
  soft = true,
  forward = function(_, logits, labels)
    local log_p = logits:log_softmax()
    return log_p:pick(labels) / log_p:sum(-1)
  end,
}
