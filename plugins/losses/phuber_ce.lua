local nj = require "nightjar"

-- Menon et al., "Can gradient clipping mitigate label noise?", ICLR 2020, equation 7. Their tau: CIFAR-10 2; CIFAR-100
-- 10 or 50; MNIST 10.
return nj.loss {
  name = "phuber_ce",
  doc = "Partially Huberised cross-entropy: continued by its tangent where p_y is below 1 / tau.",
  params = { tau = { default = 2, min = 1, max = 1e9, doc = "the largest slope in p_y; 1 is unhinged" } },
  forward = function(self, logits, labels)
    local log_p = logits:log_softmax():pick(labels)
    local tangent = (1 + math.log(self.tau)) - self.tau * log_p:exp()
    return nj.where(log_p:gt(-math.log(self.tau)), -log_p, tangent)
  end,
}
