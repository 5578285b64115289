-- The loss at one epoch, in sample.
local score = require "../score.lua"

return score.over({
  name = "last_loss", doc = "The loss of each sample at the last of the epochs that count.",
  suspicious = "high", params = score.epochs(),
}, "loss", function(losses)
  return losses:narrow(1, losses:size(1), 1):squeeze(1)
end)
