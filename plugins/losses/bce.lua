local nj = require "nightjar"

-- For each logit z and label y from 0 to 1: -w y log s(z) - (1 - y) log(1 - s(z)), s the logistic function and w the
-- weight of positive labels, written with softplus, so that no logit is too large: log s(z) = -softplus(-z).

-- The weights of positive labels, along the last dimension where there are several.
local function positive(self, logits)
  local weight = self.pos_weight
  if type(weight) == "number" then
    return weight
  end
  local weights = nj.is_tensor(weight) and weight or nj.tensor(weight, { dtype = "float64" })
  return weights:detach():to(logits:dtype())
end

return nj.loss {
  name = "bce",
  doc = "Binary cross-entropy of every logit, for labels 0 and 1: two classes, or several labels a sample.",
  params = {
    pos_weight = {
      default = 1, type = "any",
      doc = "what a positive label counts: a number, or one for each label (numbers above 0)",
    },
  },
  labels = "binary",
  check = function(self, classes)
    local weight = self.pos_weight
    if type(weight) == "number" then
      return not (weight > 0 and weight <= 1e6)
        and "pos_weight must be above 0 and at most 1e6, got " .. tostring(weight) or nil
    elseif type(weight) ~= "table" and not nj.is_tensor(weight) then
      return "pos_weight must be a number or a list of numbers, got a " .. type(weight)
    end
    local weights = nj.is_tensor(weight) and weight:double() or nj.tensor(weight, { dtype = "float64" })
    if weights:rank() ~= 1 or weights:numel() == 0 then
      return "pos_weight must be a list with one number for each label"
    elseif not weights:gt(0):logical_and(weights:le(1e6)):all():item() then
      return "pos_weight must be above 0 and at most 1e6 everywhere"
    elseif classes ~= nil and weights:numel() ~= classes then
      return "pos_weight has " .. weights:numel() .. " numbers, and there are " .. classes .. " labels a sample"
    end
  end,
  forward = function(self, logits, labels)
    local weight = positive(self, logits)
    -- An infinite logit that agrees with its label costs nothing, where infinity minus infinity would be nan.
    logits = logits:clamp(-1e30, 1e30)
    return (1 - labels) * logits + (1 + (weight - 1) * labels) * (-logits):softplus()
  end,
}
