local nj = require "nightjar"
local mixtures = require "../mixtures.lua"

return nj.suspicion {
  name = "gaussian_mixture",
  doc = "Posterior of the component of larger losses of two Gaussians (Li et al. 2020).",
  params = {
    steps = { default = 100, type = "integer", min = 1, doc = "at most, of the fit" },
    tolerance = { default = 1e-6, above = 0, doc = "of the mean log-likelihood, at which the fit ends" },
    floor = { default = 5e-4, min = 0, doc = "added to variances of losses scaled to 0 to 1" },
  },
  call = function(self, evidence)
    local losses = mixtures.losses(evidence)
    return losses and (mixtures.gaussian(losses, self))
  end,
}
