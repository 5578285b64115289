local nj = require "nightjar"
local rates = require "rates.lua"

local slack = 1e-9

-- n numbers from `low` to `high` of sum `total`, or nil where there are none: cleanlab's
-- generate_n_rand_probabilities_that_sum_to_m. They begin uniform over the simplex, as of a Dirichlet distribution;
-- then the largest gives to the smallest until all lie within their bounds.
local function parts_of(random, n, total, low, high)
  if n == 0 then
    return {}
  elseif high + slack < total / n or low > (total + slack) / n then
    return nil
  end
  local parts, sum = random:uniform(n):totable(), 0
  for i, u in ipairs(parts) do
    parts[i] = -math.log(1 - u)
    sum = sum + parts[i]
  end
  for i = 1, n do
    parts[i] = parts[i] / sum * total
  end
  local function ends()
    local least, most = 1, 1
    for i = 2, n do
      least = parts[i] < parts[least] and i or least
      most = parts[i] > parts[most] and i or most
    end
    return least, most
  end
  local least, most = ends()
  while parts[most] > high + slack do
    local raised = parts[least] + parts[most] - high
    local back = (high - raised) * random:uniform()
    parts[least], parts[most] = raised + back, high - back
    least, most = ends()
  end
  while parts[least] < low - slack do
    local lowered = parts[most] - (low - parts[least])
    local back = (lowered - low) * random:uniform()
    parts[most], parts[least] = lowered - back, low + back
    least, most = ends()
  end
  return parts
end

-- n balls in bins of at most `most` each: cleanlab's randomly_distribute_N_balls_into_K_bins.
local function balls_of(random, n, bins, most)
  if n == 0 or bins == 0 then
    return {}
  end
  most = math.min(most, n)
  n = math.min(n, most * bins)
  local shares, counts, sum = parts_of(random, bins, 1, 0, most / n), {}, 0
  for i, share in ipairs(shares) do
    counts[i] = math.floor(share * n + 0.5)
    sum = sum + counts[i]
  end
  while sum ~= n do
    local at = 1
    for i = 2, bins do
      if sum > n and counts[i] > counts[at] or sum < n and counts[i] < counts[at] then
        at = i
      end
    end
    local change = sum > n and -1 or 1
    counts[at], sum = counts[at] + change, sum + change
  end
  return counts
end

-- Whether labels say more than chance of each class: P(given = k) P(true = k) < P(given = k, true = k).
local function is_learnable(rows, prior)
  for k = 1, #rows do
    local given = 0
    for i = 1, #rows do
      given = given + prior[i] * rows[i][k]
    end
    if given * prior[k] >= prior[k] * rows[k][k] then
      return false
    end
  end
  return true
end

-- One try of a matrix, or nil where a diagonal leaves no room for rates within their bounds.
local function drawn(self, classes, trace, random)
  local diagonal = parts_of(random, classes, trace, self.min_diagonal, self.max_diagonal)
  local noisy = 0
  for _, p in ipairs(diagonal) do
    noisy = noisy + (p < 1 and 1 or 0)
  end
  local zeros = math.floor(classes * (classes - 1) * self.zero_share)
  zeros = math.max(zeros - (classes - noisy) * (classes - 1), 0)
  local zeros_of = balls_of(random, zeros, noisy, classes - 2)
  local rows, number = {}, 0
  for i = 1, classes do
    rows[i] = {}
    for j = 1, classes do
      rows[i][j] = 0
    end
    rows[i][i] = diagonal[i]
    if diagonal[i] < 1 then
      number = number + 1
      local count = classes - 1 - (zeros_of[number] or 0)
      local shares = parts_of(random, count, 1 - diagonal[i], self.min_rate, self.max_rate)
      if shares == nil then
        return nil
      end
      local order = random:permutation(classes - 1):totable()
      for place = 1, count do
        local j = order[place]
        rows[i][j < i and j or j + 1] = shares[count + 1 - place]
      end
    end
  end
  return rows
end

-- Two classes have one number each: every such matrix with a trace above 1 is learnable.
local function of_two(self, trace, random)
  if self.zero_share >= 0.5 then
    local other = trace - 1
    if random:uniform() > 0.5 then
      return { { 1, 0 }, { 1 - other, other } }
    end
    return { { other, 1 - other }, { 0, 1 } }
  end
  local diagonal = parts_of(random, 2, trace, 0, 1)
  return { { diagonal[1], 1 - diagonal[1] }, { 1 - diagonal[2], diagonal[2] } }
end

local function trace_of(self, classes)
  return self.trace or 0.6 * classes
end

-- What is wrong with the parameters for so many classes, or nil.
local function fault_of(self, classes)
  local trace = trace_of(self, classes)
  if trace > classes * self.max_diagonal + slack or trace < classes * self.min_diagonal - slack then
    return string.format("a trace of %.4g is the sum of %d probabilities from %.4g to %.4g: it lies from %.4g to %.4g",
      trace, classes, self.min_diagonal, self.max_diagonal, classes * self.min_diagonal, classes * self.max_diagonal)
  elseif self.learnable and trace <= 1 then
    return string.format("a learnable matrix has a trace above 1, got %.4g", trace)
  elseif self.prior and #self.prior ~= classes then
    return string.format("'prior' has a share for each of %d classes, got %d", classes, #self.prior)
  end
end

-- Matrices are worked out once an object and number of classes.
local known = setmetatable({}, { __mode = "k" })

local function rows_of(self, classes)
  local made = known[self] or {}
  known[self] = made
  if made[classes] then
    return table.unpack(made[classes])
  end
  local fault = fault_of(self, classes)
  if fault then
    return nil, fault
  end
  local random = nj.random_stream(self.matrix_seed, "random transition")
  local trace, prior = trace_of(self, classes), self.prior
  if prior == nil then
    prior = {}
    for i = 1, classes do
      prior[i] = 1 / classes
    end
  end
  for _ = 1, self.max_tries do
    local rows = classes == 2 and of_two(self, trace, random) or drawn(self, classes, trace, random)
    if rows and (classes == 2 or not self.learnable or is_learnable(rows, prior)) then
      made[classes] = { rows }
      return rows
    end
  end
  made[classes] = { nil, string.format("%d tries gave no matrix with a trace of %.4g%s: ask for a higher trace, wider "
    .. "bounds or more tries", self.max_tries, trace, self.learnable and " that is learnable" or "") }
  return nil, made[classes][2]
end

local share = { type = "number", min = 0, max = 1 }

local function bound(default, doc)
  return { default = default, min = share.min, max = share.max, doc = doc }
end

-- Northcutt et al., "Confident learning", JAIR 2021, section 5.1, as cleanlab.benchmarking.noise_generation has it;
-- there columns are true classes, here rows. The matrix depends on its own seed alone, so that several draws of labels
-- can be of one matrix.
return nj.noise {
  name = "random_transition",
  doc = "Label noise by a random transition matrix of a given trace, as cleanlab's benchmarks have it.",
  params = {
    trace = { type = "number", min = 0, optional = true, doc = "sum of the diagonal; 0.6 K where it is left out" },
    min_diagonal = bound(1e-5, "least probability of a class to stay itself"),
    max_diagonal = bound(1, "largest probability of a class to stay itself"),
    min_rate = bound(0, "least probability of one class to become another, where it is not 0"),
    max_rate = bound(1 - 1e-5, "largest probability of one class to become another"),
    zero_share = bound(0, "share of the K (K - 1) rates that are 0"),
    learnable = { default = true, doc = "whether labels say more than chance: P(given) P(true) < P(given, true)" },
    prior = { type = "table", optional = true, each = share, doc = "shares of the classes, for learnable; or equal" },
    matrix_seed = { default = 0, type = "integer", doc = "of the matrix, apart from that of the labels" },
    max_tries = { default = 10000, type = "integer", min = 1, doc = "matrices that are looked at" },
    count = { default = "exact_per_class", choices = rates.count_of_rows.choices, doc = rates.count_of_rows.doc },
  },
  check = function(self, classes)
    if self.min_diagonal > self.max_diagonal or self.min_rate > self.max_rate then
      return "the least probability is above the largest"
    elseif classes then
      return select(2, rows_of(self, classes))
    end
  end,
  matrix = function(self, classes)
    return (rows_of(self, classes))
  end,
  apply = function(self, labels, ctx)
    local rows = rows_of(self, ctx.classes)
    return self.count == "iid" and nj.noise.draw(labels, rows, ctx) or rates.exact_rows(labels, rows, ctx)
  end,
}
