local nj = require "nightjar"

-- Ghosh, Kumar and Sastry, AAAI 2017. Others call 1 - p_y by this name; this is twice that.
return nj.loss {
  name = "mae",
  doc = "Absolute distance between the probabilities and the one-hot label, 2 (1 - p_y): symmetric, 0 to 2.",
  soft = true,
  forward = function(_, logits, labels)
    return 2 - 2 * logits:softmax():pick(labels)
  end,
}
