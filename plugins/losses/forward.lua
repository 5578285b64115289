local nj = require "nightjar"
local transition = require "transition"

-- Patrini et al., "Making deep neural networks robust to label noise: a loss correction approach", CVPR 2017,
-- theorem 2: -log of (p T)_y, as a sum of exponentials of log p_i + log T_iy.

-- log T, and a number far below every logit for log 0: infinity times the zeros of a one-hot row would be no number.
local function logarithms(matrix, classes)
  local result = {}
  for i, row in ipairs(nj.noise.rows(matrix, classes)) do
    result[i] = {}
    for j, probability in ipairs(row) do
      result[i][j] = probability > 0 and math.log(probability) or -1e30
    end
  end
  return result
end

return nj.loss {
  name = "forward",
  doc = "Forward correction: cross-entropy of the noisy label, with T between prediction and label.",
  params = transition.params,
  check = function(self, classes)
    return transition.fault(self, classes, nj.noise.rows)
  end,
  example = { rate = 0.4 },
  forward = function(self, logits, labels)
    local log_t = transition.tensor(self, logits, logarithms)
    local column = nj.one_hot(labels, logits:size(-1), { dtype = logits:dtype() }):matmul(log_t, { transpose_b = true })
    return -(logits:log_softmax() + column):logsumexp(-1)
  end,
}
