local nj = require "nightjar"

return nj.loss {
  name = "cce",
  doc = "Categorical cross-entropy: -log of the probability of the label. Neither bounded nor symmetric.",
  soft = true,
  forward = function(_, logits, labels)
    return -logits:log_softmax():pick(labels)
  end,
}
