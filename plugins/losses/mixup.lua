local nj = require "nightjar"

-- Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018, equation 1: each sample is mixed with another,
-- x = m x_1 + (1 - m) x_2, with m of a beta distribution, one for a batch as in the authors' code, and the losses of
-- both labels likewise: that is the loss of the mixed soft label wherever such a loss is the mean over labels. The
-- partner is drawn from the whole training set, the authors' from the batch.
local inner = setmetatable({}, { __mode = "k" })

local function loss_of(self)
  if inner[self] == nil then
    inner[self] = nj.losses[self.loss] {}
  end
  return inner[self]
end

return nj.loss {
  name = "mixup",
  doc = "Another loss on inputs and labels that are mixed with those of other samples; evaluation sees them unmixed.",
  params = {
    alpha = { default = 0.2, min = 1e-3, max = 1e3, doc = "both parameters of the beta distribution; larger: more" },
    loss = { default = "cce", doc = "the name of the loss, with its own defaults" },
  },
  needs = { draws = 1, model = true },
  soft = "it mixes labels itself",
  forward = function(self, logits, labels, batch)
    local loss = loss_of(self)
    if not batch.training then
      return loss(logits, labels)
    end
    local other = batch.draws[1]
    local share = nj.beta(self.alpha, self.alpha, {}, { name = "mixup", dtype = logits:dtype() })
    local mixed = batch.model(share * batch.inputs + (1 - share) * other.inputs)
    return share * loss(mixed, labels) + (1 - share) * loss(mixed, other.labels)
  end,
}
