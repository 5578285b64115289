local nj = require "nightjar"
local projections = require "projections.lua"

-- The code of Cheng et al., "Learning with instance-dependent label noise: a sample sieve approach", ICLR 2021: one
-- projection for all true classes. It is other noise than `instance` with the same name in papers.
return nj.noise {
  name = "instance_shared",
  doc = "Instance-dependent noise as in the code of Cheng et al. 2021: one random projection for all classes.",
  params = projections.params,
  caution = projections.caution,
  apply = function(self, labels, ctx)
    return projections.apply(self, labels, ctx, "noise model 'instance_shared'", true)
  end,
}
