local nj = require "nightjar"
local mixtures = require "../mixtures.lua"

return nj.suspicion {
  name = "beta_mixture",
  doc = "Posterior of the component of larger losses of two beta distributions (Arazo et al. 2019).",
  params = { steps = { default = 10, type = "integer", min = 1, doc = "of the fit" } },
  call = function(self, evidence)
    local losses = mixtures.losses(evidence)
    return losses and (mixtures.beta(losses, self))
  end,
}
