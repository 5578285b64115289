-- Defines a suspicion by what probabilities say of the given label: a metric by sample of the plugin `metrics`.
local nj = require "nightjar"

return function(fields, compute)
  fields.call = function(_, evidence)
    if evidence.probabilities == nil then
      return nil
    end
    return compute {
      kind = "classes", classes = evidence.classes, labels = evidence.labels, probabilities = evidence.probabilities,
    }:copy()
  end
  return nj.suspicion(fields)
end
