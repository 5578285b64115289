local nj = require "nightjar"

-- Englesson and Azizpour, "Generalized Jensen-Shannon divergence loss for learning with noisy labels", NeurIPS 2021,
-- equation 6 for the label and two views, scaled by -(1-w) log(1-w). The first view is the batch itself.
return nj.loss {
  name = "gjs",
  doc = "Scaled Jensen-Shannon divergence of the label and the predictions for two views of the inputs.",
  params = { w = { default = 0.3, min = 1e-6, max = 1 - 1e-6, doc = "weight of the label; the views share the rest" } },
  needs = { views = 1, model = true },
  soft = true,
  forward = function(self, logits, labels, batch)
    local rest = (1 - self.w) / 2
    -- Logarithms of classes of probability 0 (logits of -inf) are held finite: they have no share.
    local one = logits:log_softmax():maximum(-1e30)
    local two = batch.model(batch.views[1]):log_softmax():maximum(-1e30)
    local p, q = one:exp(), two:exp()
    -- The logarithm of the mean: of rest (p + q), and at the label of w + rest (p + q).
    local top = one:detach():maximum(two:detach())
    local log_sum = top + ((one - top):exp() + (two - top):exp()):log() + math.log(rest)
    local is_soft, both, mean = labels:rank() == 2, p + q, log_sum
    if not is_soft then
      both, mean = both:pick(labels), mean:pick(labels)
    end
    local at_label = (self.w + rest * both):log()
    local divergence = p * (one - log_sum) + q * (two - log_sum)
    -- At the label, the mean is larger: what the sum over classes takes too little there.
    local correction = both * (at_label - mean)
    if is_soft then
      correction, at_label = correction:pick(labels), at_label:pick(labels)
    end
    local total = rest * (divergence:sum(-1) - correction) - self.w * at_label
    return total / (-(1 - self.w) * math.log(1 - self.w))
  end,
}
