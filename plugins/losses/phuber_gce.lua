local nj = require "nightjar"

-- Menon et al., ICLR 2020, appendix, for gce: the tangent starts where the slope p^(q-1) reaches tau.
return nj.loss {
  name = "phuber_gce",
  doc = "Partially Huberised gce: continued by its tangent where p_y is below tau^(1/(q-1)).",
  params = {
    q = { default = 0.7, min = 1e-6, max = 0.999, doc = "as in gce" },
    tau = { default = 10, min = 1, max = 1e9, doc = "the largest slope in p_y" },
  },
  forward = function(self, logits, labels)
    local log_p = logits:log_softmax():pick(labels)
    local log_start = math.log(self.tau) / (self.q - 1)
    local start = math.exp(log_start)
    local tangent = (self.tau * start + (1 - start ^ self.q) / self.q) - self.tau * log_p:exp()
    return nj.where(log_p:gt(log_start), -(self.q * log_p):expm1() / self.q, tangent)
  end,
}
