local nj = require "nightjar"

-- Ma et al., ICML 2020, equation 7 for gce of Zhang and Sabuncu: (1 - p_y^q) / (K - sum of p^q).
return nj.loss {
  name = "ngce",
  doc = "Generalised cross-entropy over its sum of all labels: symmetric, sums to 1 over labels.",
  params = { q = { default = 0.7, min = 1e-6, max = 1, doc = "as in gce" } },
  soft = true,
  forward = function(self, logits, labels)
    local loss = (self.q * logits:log_softmax()):expm1()
    return loss:pick(labels) / loss:sum(-1)
  end,
}
