-- A score of each training sample's given label, a column of the ledger.
local nj = require "nightjar"
local label_scores = require "label_scores.lua"
local samples = require "samples.lua"

--- Defines one, where labels that are left out have the score nan.
return function(score, fields)
  fields.returns = "sample"
  fields.compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    local values = chosen and label_scores.of(score, chosen)
    if values == nil then
      return nil
    elseif chosen.positions == nil then
      return values
    end
    local count = evaluation.labels:numel()
    local filled = nj.zeros({ count }, { dtype = "float64" }):scatter_add(1, chosen.positions, values)
    return nj.where(evaluation.keep, filled, 0 / 0)
  end
  return nj.metric(fields)
end
