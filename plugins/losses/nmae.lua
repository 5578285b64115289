local nj = require "nightjar"

-- Ma et al., "Normalized loss functions for deep learning with noisy labels", ICML 2020, equation 7 for MAE. Reverse
-- cross-entropy gives the same when it is normalised. Public code is off by constant factors (1/2, and (K - 1)/4
-- instead of 1/(K - 1)); here the sum over labels is 1.
return nj.loss {
  name = "nmae",
  doc = "(1 - p_y) / (classes - 1), the normalised absolute error: symmetric, sums to 1 over labels.",
  soft = true,
  forward = function(_, logits, labels)
    return (1 - logits:softmax():pick(labels)) / (logits:size(-1) - 1)
  end,
}
