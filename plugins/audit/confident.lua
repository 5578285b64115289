-- Confident learning: Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels",
-- JAIR 70, 2021. Counts and roundings are those of cleanlab 2.9, whose numbers tests compare with.
local nj = require "nightjar"

local confident = {}

-- Below this, two probabilities count as equal, as there.
local tolerance = 1e-6

-- To the nearest whole number, halves to the even one, as NumPy rounds.
local function round(x)
  local low = math.floor(x)
  local rest = x - low
  if rest > 0.5 or rest == 0.5 and low % 2 == 1 then
    return low + 1
  end
  return low
end

local function sum(list)
  local total = 0
  for _, value in ipairs(list) do
    total = total + value
  end
  return total
end

--- Whole numbers with the (rounded) sum of the given ones: those that rounding took most from get one back first.
function confident.round_row(row)
  local whole = {}
  for i, value in ipairs(row) do
    whole[i] = round(value)
  end
  local wanted = round(sum(row))
  while sum(whole) ~= wanted do
    local missing = wanted - sum(whole)
    local order = {}
    for i = 1, #row do
      order[i] = i
    end
    table.sort(order, function(a, b)
      local left, right = row[a] - whole[a], row[b] - whole[b]
      if left ~= right then
        return left < right
      end
      return a < b
    end)
    local step = missing > 0 and 1 or -1
    for n = 1, math.min(math.abs(missing), #row) do
      local i = order[step > 0 and #row + 1 - n or n]
      whole[i] = whole[i] + step
    end
  end
  for i, value in ipairs(whole) do
    whole[i] = math.tointeger(value)
  end
  return whole
end

local function square(count)
  local rows = {}
  for i = 1, count do
    rows[i] = {}
    for j = 1, count do
      rows[i][j] = 0
    end
  end
  return rows
end

local function largest(row)
  local best = 1
  for j = 2, #row do
    if row[j] > row[best] then
      best = j
    end
  end
  return best
end

-- Section 3.1: a class's threshold is the mean probability of it among the samples given it. A class without samples
-- has one that no probability reaches.
local function thresholds_of(rows, labels, classes)
  local sums, counts, thresholds = {}, {}, {}
  for class = 1, classes do
    sums[class], counts[class] = 0, 0
  end
  for i, row in ipairs(rows) do
    local class = labels[i]
    sums[class], counts[class] = sums[class] + row[class], counts[class] + 1
  end
  for class = 1, classes do
    thresholds[class] = counts[class] > 0 and math.max(sums[class] / counts[class], 2 * tolerance) or 2
  end
  return thresholds, counts
end

-- Equation 1: how many samples given i are confidently j, and which those with i ~= j are.
local function joint_of(rows, labels, thresholds)
  local joint, off_diagonal = square(#thresholds), {}
  for i, row in ipairs(rows) do
    local first, passed = nil, 0
    for class, threshold in ipairs(thresholds) do
      if row[class] >= threshold - tolerance then
        first, passed = first or class, passed + 1
      end
    end
    off_diagonal[i] = false
    if passed > 0 then
      local guess = passed > 1 and largest(row) or first
      joint[labels[i]][guess] = joint[labels[i]][guess] + 1
      off_diagonal[i] = guess ~= labels[i]
    end
  end
  for class = 1, #thresholds do
    joint[class][class] = math.max(joint[class][class], 1)
  end
  return joint, off_diagonal
end

-- Equation 2: rows scaled to how often each label was given, in whole numbers.
local function calibrated(joint, counts)
  local rows, total = {}, 0
  for i, row in ipairs(joint) do
    local whole = sum(row)
    rows[i] = {}
    for j, value in ipairs(row) do
      rows[i][j] = value / whole * counts[i]
      total = total + rows[i][j]
    end
  end
  local wanted = sum(counts)
  for i, row in ipairs(rows) do
    for j in ipairs(row) do
      row[j] = row[j] / total * wanted
    end
    rows[i] = confident.round_row(row)
  end
  return rows
end

-- How many samples given k are taken for j, at least one of k being left: removed[j][k].
local function prune_counts(joint)
  local classes = #joint
  local counts = square(classes)
  for k = 1, classes do
    local kept, others = math.max(joint[k][k], 1), 0
    for j = 1, classes do
      others = others + (joint[k][j] ~= 0 and 1 or 0)
    end
    local less = (kept - joint[k][k]) / math.max(others - 1, 1)
    for j = 1, classes do
      counts[j][k] = j == k and kept or math.floor(math.max(joint[k][j] - less, 0))
    end
  end
  return counts
end

-- Marks the first of the samples in the order of falling numbers.
local function mark(mask, members, numbers, count)
  local order = { table.unpack(members) }
  table.sort(order, function(a, b)
    if numbers[a] ~= numbers[b] then
      return numbers[a] > numbers[b]
    end
    return a < b
  end)
  for n = 1, math.min(count, #order) do
    mask[order[n]] = true
  end
end

local function all_false(count)
  local mask = {}
  for i = 1, count do
    mask[i] = false
  end
  return mask
end

-- Section 3.2, method 3: of each given class, as many of the least probable as the joint says.
local function by_class(rows, members, counts)
  local mask = all_false(#rows)
  for class, list in ipairs(members) do
    local numbers = {}
    for _, i in ipairs(list) do
      numbers[i] = -rows[i][class]
    end
    if #list > 1 then
      mark(mask, list, numbers, #list - counts[class][class])
    end
  end
  return mask
end

-- Method 4: of each given class and each other one, as many of the largest margin between them as the joint says.
local function by_noise_rate(rows, members, counts)
  local mask = all_false(#rows)
  for class, list in ipairs(members) do
    for other = 1, #members do
      if other ~= class and #list > 1 and counts[other][class] > 0 then
        local numbers = {}
        for _, i in ipairs(list) do
          numbers[i] = rows[i][other] - rows[i][class]
        end
        mark(mask, list, numbers, counts[other][class])
      end
    end
  end
  return mask
end

--- Everything that confident learning says of probabilities (samples, classes) and labels from 1, both tensors:
---   counts     the confident joint before calibration, given by true, and `joint` after it
---   matrix     P(given j | true i), rows true
---   rate       the share of labels that the joint has off its diagonal
---   issues     masks by filter: off_diagonal, by_class, by_noise_rate, both
function confident.learn(probabilities, labels)
  local classes = probabilities:size(2)
  local rows, given = probabilities:totable(), labels:totable()
  local thresholds, label_counts = thresholds_of(rows, given, classes)
  local counts, off_diagonal = joint_of(rows, given, thresholds)
  local joint = calibrated(counts, label_counts)
  local members = {}
  for class = 1, classes do
    members[class] = {}
  end
  for i, class in ipairs(given) do
    table.insert(members[class], i)
  end
  local prune = prune_counts(joint)
  local issues = {
    off_diagonal = off_diagonal, by_class = by_class(rows, members, prune),
    by_noise_rate = by_noise_rate(rows, members, prune), both = {},
  }
  -- What the model predicts as given is no issue, whatever was counted.
  for i, row in ipairs(rows) do
    issues.both[i] = issues.by_class[i] and issues.by_noise_rate[i]
    local own = row[given[i]]
    row[given[i]] = own + tolerance
    if largest(row) == given[i] then
      for _, mask in pairs(issues) do
        mask[i] = false
      end
    end
    row[given[i]] = own
  end
  local result = { thresholds = thresholds, counts = counts, joint = joint, matrix = square(classes), issues = {} }
  local diagonal, total = 0, 0
  for true_class = 1, classes do
    local column = 0
    for class = 1, classes do
      column = column + joint[class][true_class]
    end
    for class = 1, classes do
      result.matrix[true_class][class] = column > 0 and joint[class][true_class] / column or 0 / 0
    end
    diagonal, total = diagonal + joint[true_class][true_class], total + column
  end
  result.rate = 1 - diagonal / total
  for name, mask in pairs(issues) do
    result.issues[name] = nj.tensor(mask, { dtype = "bool" })
  end
  return result
end

--- The same for evidence, worked out once; nil without probabilities.
function confident.of(evidence)
  if evidence.probabilities and evidence.learnt == nil then
    evidence.learnt = confident.learn(evidence.probabilities, evidence.labels)
  end
  return evidence.learnt
end

return confident
