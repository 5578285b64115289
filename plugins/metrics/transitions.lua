-- The noise that a model has learnt: how often it predicts each class for each true one.
local samples = require "samples.lua"

local transitions = {}

-- Rows of shares by true class; a class without samples has nan.
local function rows(truth, shares, classes)
  local members = truth:one_hot(classes, { dtype = "float64" })
  return members:matmul(shares, { transpose_a = true }) / members:sum(1):unsqueeze(-1)
end

--- P(h = j | y = i) over the samples, and the same of the given labels; nil where the true labels are not known.
function transitions.of(evaluation, are_probabilities)
  local chosen = samples.of({ against = "true" }, evaluation)
  if chosen == nil then
    return nil
  end
  local p = chosen:probabilities()
  local classes, truth = p:size(2), chosen:labels()
  local function shares(labels)
    return labels:int():one_hot(classes, { dtype = "float64" })
  end
  local predicted = are_probabilities and p or shares(chosen:get("predictions"))
  return rows(truth, predicted, classes), rows(truth, shares(chosen:get("labels")), classes)
end

transitions.soft_param = {
  default = false, doc = "means of the probabilities in the place of counts of predictions",
}

return transitions
