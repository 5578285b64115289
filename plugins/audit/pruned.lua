-- Defines a suspicion of confident learning: what its filter takes for wrong stands before everything else, and within
-- both parts the less probable label first.
local nj = require "nightjar"
local confident = require "confident.lua"

return function(fields)
  local filter = fields.filter
  fields.filter = nil
  fields.issues = function(_, evidence)
    local learnt = confident.of(evidence)
    return learnt and learnt.issues[filter]
  end
  fields.call = function(self, evidence)
    local mask = self:issues(evidence)
    return mask and (mask:int():double() + 1 - evidence.probabilities:pick(evidence.labels)):copy()
  end
  return nj.suspicion(fields)
end
