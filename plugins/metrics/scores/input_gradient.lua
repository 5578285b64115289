-- Arpit et al. 2017, section 4.2. The column is that of the metric `input_gradient`.
local score = require "../score.lua"

return score.over({
  name = "input_gradient", doc = "Loss-gradient sensitivity: the mean over epochs of |dL/dx| of each sample.",
  suspicious = "high", params = score.epochs(),
}, "input_gradient", function(lengths)
  return lengths:mean(1)
end)
