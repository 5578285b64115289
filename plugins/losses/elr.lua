local nj = require "nightjar"

-- Liu et al., "Early-learning regularization prevents memorization of noisy labels", NeurIPS 2020, equations 6 and 9.
-- t is a running mean of what the model says about each sample; the second term pulls predictions towards it.
return nj.loss {
  name = "elr",
  doc = "Cross-entropy + lambda log(1 - <t, p>), t the running mean of each sample's predictions.",
  params = {
    lambda = { default = 3, min = 0, max = 1e6, doc = "weight of the second term" },
    beta = { default = 0.7, min = 0, below = 1, doc = "share of the old in the running mean" },
    floor = { default = 1e-4, min = 1e-12, max = 0.5, doc = "p is held between this and 1 minus this" },
  },
  state = { targets = { "samples", "classes" } },
  detaches = "the running mean of predictions",
  soft = true,
  forward = function(self, logits, labels, batch)
    local log_p = logits:log_softmax()
    local p = log_p:exp():clamp(self.floor, 1 - self.floor)
    local targets = self.targets:index(1, batch.indices)
    if batch.training then
      local seen = p:detach()
      local moved = self.beta * targets + (1 - self.beta) * seen / seen:sum(-1, { keep = true })
      self.targets = self.targets:scatter_add(1, batch.indices, moved - targets)
      targets = moved
    end
    -- Rounding may take the product to 1.
    local apart = (1 - (targets * p):sum(-1)):maximum(self.floor ^ 2)
    return -log_p:pick(labels) + self.lambda * apart:log()
  end,
}
