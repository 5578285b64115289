-- Swayamdipta et al., "Dataset cartography", EMNLP 2020, equation 1.
local score = require "../score.lua"

return score.over({
  name = "confidence", doc = "Data maps: the mean over epochs of the given label's probability.",
  suspicious = "low", params = score.epochs(),
}, "p_given", function(p)
  return p:mean(1)
end)
