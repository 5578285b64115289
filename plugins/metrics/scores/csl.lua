-- Ravikumar et al., "Towards memorization estimation: fast, formal and free", 2025: the sum of a sample's losses.
local score = require "../score.lua"

return score.over({
  name = "csl", doc = "Cumulative sample loss: the sum of a sample's losses over the epochs.",
  suspicious = "high", params = score.epochs(),
}, "loss", function(losses)
  return losses:sum(1)
end)
