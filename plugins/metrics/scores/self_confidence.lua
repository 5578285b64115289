-- cleanlab's self-confidence; of a ledger it is in sample, and out-of-fold predictions find more.
local score = require "../score.lua"

return score.over({
  name = "self_confidence", doc = "The given label's probability at the last of the epochs that count, in sample.",
  suspicious = "low", params = score.epochs(),
}, "p_given", function(p)
  return p:narrow(1, p:size(1), 1):squeeze(1)
end)
