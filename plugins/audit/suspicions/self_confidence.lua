-- Northcutt et al. 2021; cleanlab's self-confidence, turned round.
return require "../quality.lua" ({
  name = "self_confidence", doc = "1 less the probability of the given label.",
}, function(seen)
  return 1 - seen.probabilities:pick(seen.labels)
end)
