-- Defines a suspicion by a score of a training's history: one of nj.scores, turned so that the larger is suspicious.
local nj = require "nightjar"

return function(fields, column)
  fields.call = function(self, evidence)
    if evidence.history == nil or evidence.history[column] == nil then
      return nil
    end
    local score = nj.scores[self.definition.name] {}
    local values = score(evidence.history):double()
    return score.definition.suspicious == "low" and -values or values
  end
  return nj.suspicion(fields)
end
