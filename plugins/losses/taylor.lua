local nj = require "nightjar"

-- Feng et al., "Can cross entropy loss be robust to label noise?", IJCAI 2020, equation 5: the series of -log p at
-- p = 1, cut after `terms` terms.
return nj.loss {
  name = "taylor",
  doc = "Sum of (1 - p_y)^i / i for i to terms: unhinged at 1 term, cross-entropy with ever more.",
  params = { terms = { default = 2, type = "integer", min = 1, max = 100, doc = "where the series ends" } },
  forward = function(self, logits, labels)
    local miss = -logits:log_softmax():pick(labels):expm1()
    local sum = miss / self.terms
    for i = self.terms - 1, 1, -1 do
      sum = miss * (1 / i + sum)
    end
    return sum
  end,
}
