-- Paul et al., "Deep learning on a data diet", NeurIPS 2021; they take it early and average over seeds, as of several
-- runs' scores. The column is that of the metric `el2n`.
local score = require "../score.lua"

return score.over({
  name = "el2n", doc = "Mean over early epochs of the distance between probabilities and given label.",
  suspicious = "high", params = score.epochs(10),
}, "el2n", function(distances)
  return distances:mean(1)
end)
