-- What a model's logits and losses say of each given label: the larger, the more suspicious.
local nj = require "nightjar"

local scores = {}

local by_name = {}

-- The loss of the training where it gives one a sample.
function by_name.loss(chosen)
  local losses = chosen:get("losses")
  return losses and losses:double()
end

-- 1 - p_t: cleanlab's self-confidence, turned round.
function by_name.confidence(chosen)
  return 1 - chosen:probabilities():pick(chosen:labels())
end

-- The largest logit of another class less that of the given one.
function by_name.margin(chosen)
  local logits = chosen:get("logits"):double()
  return scores.best_other(logits, chosen:labels()) - logits:pick(chosen:labels())
end

-- 1 - (p_t - max of the others + 1) / 2: cleanlab's normalized margin, turned round.
function by_name.normalized_margin(chosen)
  local p = chosen:probabilities()
  return 1 - (p:pick(chosen:labels()) - scores.best_other(p, chosen:labels()) + 1) / 2
end

-- cleanlab's confidence-weighted entropy, turned round: with s the normalised entropy over p_t, 1 - log(s + 1) / s.
function by_name.weighted_entropy(chosen)
  local p = chosen:probabilities()
  local entropy = -p:xlogy(p):sum(-1) / math.log(p:size(2))
  local s = entropy / p:pick(chosen:labels()):maximum(1e-6)
  return 1 - s:log1p() / s:maximum(1e-6)
end

-- Paul et al., "Deep learning on a data diet", NeurIPS 2021: |p - e_t|.
function by_name.el2n(chosen)
  local p = chosen:probabilities()
  return (p - chosen:labels():one_hot(p:size(2), { dtype = "float64" })):square():sum(-1):sqrt()
end

--- The largest number of another class than each label's.
function scores.best_other(rows, labels)
  local own = labels:one_hot(rows:size(2), { dtype = "bool" })
  return nj.where(own, -math.huge, rows):max(-1)
end

--- The names of the scores.
scores.names = { "loss", "confidence", "margin", "normalized_margin", "weighted_entropy", "el2n" }

--- A score of the samples chosen, or nil where it needs what there is not.
function scores.of(name, chosen)
  return by_name[name](chosen)
end

return scores
