local nj = require "nightjar"
local transition = require "transition"

-- Patrini et al., CVPR 2017, theorem 1: sum over j of (T^-1)_yj (-log p_j). Its mean over noisy labels is the
-- cross-entropy of the true one. It can be negative, and has no lower bound.

local function inverse(rows, name)
  local found, result = pcall(function()
    local inverted = nj.tensor(rows, { dtype = "float64" }):inverse()
    return inverted, inverted:isfinite():all():item()
  end)
  if not found then
    error("loss '" .. name .. "': the matrix has no inverse (its columns depend on each other); use 'forward'", 0)
  end
  return result
end

return nj.loss {
  name = "backward",
  doc = "Backward correction: cross-entropy of all labels, weighted by the label's row of the inverse of T.",
  params = transition.params,
  example = { rate = 0.4 },
  forward = function(self, logits, labels)
    local inverse_t = transition.tensor(self, logits, inverse)
    local row = nj.one_hot(labels, logits:size(-1), { dtype = logits:dtype() }):matmul(inverse_t)
    return -(row * logits:log_softmax()):sum(-1)
  end,
}
