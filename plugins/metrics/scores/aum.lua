-- Pleiss et al., "Identifying mislabeled data using the area under the margin ranking", NeurIPS 2020, equation 1.
local score = require "../score.lua"

return score.over({
  name = "aum", doc = "Area under the margin: the mean over epochs of the given label's logit less the largest other.",
  suspicious = "low", params = score.epochs(),
}, "margin", function(margins)
  return margins:mean(1)
end)
