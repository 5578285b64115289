local nj = require "nightjar"
local transition = require "transition"

-- Patrini et al., CVPR 2017, theorem 1: sum over j of (T^-1)_yj (-log p_j). Its mean over noisy labels is the
-- cross-entropy of the true one. It can be negative, and has no lower bound.

-- The inverse, by Gauss and Jordan with the largest pivot of each column.
local function inverse(rows, name)
  local n, work = #rows, {}
  for i = 1, n do
    work[i] = table.move(rows[i], 1, n, 1, {})
    for j = 1, n do
      work[i][n + j] = i == j and 1 or 0
    end
  end
  for column = 1, n do
    local pivot = column
    for i = column + 1, n do
      if math.abs(work[i][column]) > math.abs(work[pivot][column]) then
        pivot = i
      end
    end
    if math.abs(work[pivot][column]) < 1e-12 then
      error("loss '" .. name .. "': the matrix has no inverse (its columns depend on each other); use 'forward'", 0)
    end
    work[column], work[pivot] = work[pivot], work[column]
    local top = work[column]
    local factor = 1 / top[column]
    for j = 1, 2 * n do
      top[j] = top[j] * factor
    end
    for i = 1, n do
      local multiple = i ~= column and work[i][column] or 0
      if multiple ~= 0 then
        for j = 1, 2 * n do
          work[i][j] = work[i][j] - multiple * top[j]
        end
      end
    end
  end
  for i = 1, n do
    work[i] = table.move(work[i], n + 1, 2 * n, 1, {})
  end
  return work
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
