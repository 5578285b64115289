-- Estimates from which samples models had and which they got right: masks `members` (models, samples), `right`
-- (models, samples) and `right_test` (models, test samples), all float32 of zeros and ones. Sums over models are whole
-- numbers that float32 holds exactly up to 2^24; what was right outside is what was right in all less that inside.
local nj = require "nightjar"

local counts = {}

-- Differences of shares right_in / n_in - right_out / n_out and their standard errors; nan where too few models tell.
local function differences(right_in, n_in, right_out, n_out, least)
  right_in, n_in, right_out, n_out = right_in:double(), n_in:double(), right_out:double(), n_out:double()
  local p_in, p_out = right_in / n_in:maximum(1), right_out / n_out:maximum(1)
  local deviation = (p_in * (1 - p_in) / n_in:maximum(1) + p_out * (1 - p_out) / n_out:maximum(1)):sqrt()
  local enough = n_in:ge(least):logical_and(n_out:ge(least))
  return nj.where(enough, p_in - p_out, 0 / 0):copy(), nj.where(enough, deviation, 0 / 0):copy(), p_in, p_out
end

--- Feldman and Zhang, NeurIPS 2020, equation 1: mem(i) = P[h(x_i) = t_i | i in S] - P[h(x_i) = t_i | i not in S], and
--- Jiang et al., ICML 2021, equation 1: the consistency score is the second of these.
function counts.memorization(members, right, least)
  local n_in, right_in = members:sum(1):copy(), (members * right):sum(1):copy()
  local n_out = (members:size(1) - n_in):copy()
  local value, err, _, p_out = differences(right_in, n_in, right:sum(1) - right_in, n_out, least)
  return {
    memorization = value, memorization_error = err, n_in = n_in:int():copy(), n_out = n_out:int():copy(),
    consistency = nj.where(n_out:ge(least), p_out, 0 / 0):copy(),
  }
end

--- Equation 2: infl(i, j) = P[h(x'_j) = y'_j | i in S] - P[h(x'_j) = y'_j | i not in S], of which the `keep` largest
--- train samples of each test sample are kept. Test samples are taken `block` at a time, so that the whole matrix, 2.3
--- GB for 60,000 by 10,000, never exists.
function counts.influence(members, right_test, least, keep, block)
  local samples, tests = members:size(2), right_test:size(2)
  keep = math.min(keep, samples)
  local n_in = members:sum(1):unsqueeze(-1):copy()
  local n_out = (members:size(1) - n_in):copy()
  local inside = members:t():copy()
  local positions, values, errors = {}, {}, {}
  for first = 1, tests, block do
    local part = right_test:narrow(2, first, math.min(block, tests - first + 1)):copy()
    local right_in = inside:matmul(part):copy()
    local value, err = differences(right_in, n_in, part:sum(1):unsqueeze(1) - right_in, n_out, least)
    -- Samples of which too little is known stand last.
    local known = nj.where(value:isnan(), -2, value):t():copy()
    local best, at = known:topk(keep)
    positions[#positions + 1] = (at:int() - 1):copy()
    values[#values + 1] = nj.where(best:lt(-1.5), 0 / 0, best):copy()
    errors[#errors + 1] = err:t():copy():gather(-1, at):copy()
  end
  return { influence = nj.cat(values, 1), influence_error = nj.cat(errors, 1), influence_of = nj.cat(positions, 1) }
end

return counts
