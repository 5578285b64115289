local nj = require "nightjar"

-- Reed et al., ICLR 2015 workshop, equation 7.
return nj.loss {
  name = "boot_hard",
  doc = "Hard bootstrapping: cross-entropy to beta label + (1 - beta) the class predicted.",
  params = { beta = { default = 0.8, min = 0, max = 1, doc = "share of the label in the target" } },
  soft = true,
  forward = function(self, logits, labels)
    local log_p = logits:log_softmax()
    return -self.beta * log_p:pick(labels) - (1 - self.beta) * log_p:max(-1)
  end,
}
