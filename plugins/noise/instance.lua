local nj = require "nightjar"
local projections = require "projections.lua"

-- Xia et al., "Part-dependent label noise", NeurIPS 2020, algorithm 2 ("instance-dependent noise" of later papers). In
-- many dimensions the projections are so far apart that a sample's wrong class is nearly certain; divide_by_root and
-- temperature soften that.
return nj.noise {
  name = "instance",
  doc = "Instance-dependent noise of Xia et al. 2020: wrong classes by random projections, one for each true class.",
  params = projections.params,
  caution = projections.caution,
  apply = function(self, labels, ctx)
    return projections.apply(self, labels, ctx, "noise model 'instance'", false)
  end,
}
