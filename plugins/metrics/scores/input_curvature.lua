-- Garg et al. 2023, section 3: the mean over the epochs. The column is that of the metric `input_curvature`.
local score = require "../score.lua"

return score.over({
  name = "input_curvature", doc = "The mean over epochs of the curvature of a sample's loss around its input.",
  suspicious = "high", params = score.epochs(),
}, "input_curvature", function(curvatures)
  return curvatures:mean(1)
end)
