local nj = require "nightjar"

-- Ma et al., ICML 2020, equation 13. Their weights (alpha, beta): MNIST 1, 10; CIFAR-10 1, 1; CIFAR-100 10, 0.1 with
-- rce and 10, 1 with unhinged. What they call MAE is unhinged here. The same with other parameters of the parts is
-- written as a sum: nj.losses.nce {} + 4 * nj.losses.agce { a = 6, q = 1.5 }.
local combined = setmetatable({}, { __mode = "k" })

local function forward(self, logits, labels, batch)
  local loss = combined[self]
  if loss == nil then
    loss = self.alpha * nj.losses[self.active] {} + self.beta * nj.losses[self.passive] {}
    combined[self] = loss
  end
  return loss(logits, labels, batch)
end

return nj.loss {
  name = "apl",
  doc = "Active passive loss: alpha times a normalised loss + beta times a passive one. Symmetric.",
  params = {
    active = { default = "nce", choices = { "nce", "nfl", "ngce" }, doc = "makes the label probable" },
    passive = { default = "rce", choices = { "rce", "unhinged", "mae" }, doc = "makes other classes improbable" },
    alpha = { default = 1, min = 0, max = 1e6, doc = "weight of the active loss" },
    beta = { default = 1, min = 0, max = 1e6, doc = "weight of the passive loss" },
  },
  check = function(self)
    return self.alpha == 0 and self.beta == 0 and "alpha and beta are both 0: nothing is left of the loss" or nil
  end,
  forward = forward,
  soft = forward,
  together = false,
}
