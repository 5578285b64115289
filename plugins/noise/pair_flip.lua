local nj = require "nightjar"
local maps = require "class_map.lua"

local function targets(classes)
  local list = {}
  for i = 1, classes do
    list[i] = i % classes + 1
  end
  return list
end

-- Han et al., "Co-teaching", NeurIPS 2018, appendix A: every class goes to the next one, the last to the first. They
-- use a rate of 0.45.
return nj.noise {
  name = "pair_flip",
  doc = "Pair flipping of Han et al. 2018: a label becomes the next class, the last becomes the first.",
  params = maps.params,
  matrix = function(self, classes)
    return maps.matrix(targets(classes), self.rate, classes)
  end,
  apply = function(self, labels, ctx)
    return maps.apply(self, labels, ctx, targets(ctx.classes))
  end,
}
