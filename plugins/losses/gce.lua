local nj = require "nightjar"

-- Zhang and Sabuncu, "Generalized cross entropy loss for training deep neural networks with noisy labels", NeurIPS
-- 2018, equation 6. p^q is taken as exp(q log p): the derivative of a power is infinite at p = 0.
return nj.loss {
  name = "gce",
  doc = "(1 - p_y^q) / q: cross-entropy as q goes to 0, unhinged at q = 1.",
  params = { q = { default = 0.7, min = 1e-6, max = 1, doc = "how soon the loss gives up on a sample" } },
  forward = function(self, logits, labels)
    return -(self.q * logits:log_softmax():pick(labels)):expm1() / self.q
  end,
  soft = function(self, logits, labels)
    return -(self.q * logits:log_softmax()):expm1():pick(labels) / self.q
  end,
}
