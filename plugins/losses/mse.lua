local nj = require "nightjar"

-- The sum over classes, not their mean: 1 - 2 p_y + sum of p^2.
return nj.loss {
  name = "mse",
  doc = "Squared distance between the probabilities and the one-hot label (Brier score), summed over classes; 0 to 2.",
  soft = true,
  forward = function(_, logits, labels)
    local p = logits:softmax()
    return 1 - 2 * p:pick(labels) + p:square():sum(-1)
  end,
}
