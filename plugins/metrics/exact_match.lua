local nj = require "nightjar"

-- Subset accuracy, as scikit-learn's accuracy_score gives it for several labels a sample. Labels that are left out
-- count as right; samples that have none at all do not count.
return nj.metric {
  name = "exact_match",
  doc = "share of training samples all of whose labels are predicted",
  title = "exact match", unit = "%", direction = "higher", range = { 0, 100 },
  compute = function(_, evaluation)
    local labels = evaluation.labels
    if evaluation.kind == "soft" then
      labels = labels:argmax(-1)
    elseif evaluation.kind == "binary" then
      labels = labels:ge(0.5):int()
    end
    local right, samples = evaluation.predictions:eq(labels), labels:size(1)
    local keep = evaluation.keep or nj.ones(labels:shape()):gt(0)
    right = right:logical_or(keep:logical_not()):reshape(samples, labels:numel() // samples):all(-1)
    keep = keep:reshape(samples, labels:numel() // samples):any(-1)
    return 100 * right:logical_and(keep):to("float64"):sum() / keep:to("float64"):sum()
  end,
}
