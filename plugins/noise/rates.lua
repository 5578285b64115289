-- What a rate of noise means, in one place: which samples get a new label, and whether the new one may be the true one.
local nj = require "nightjar"

local rates = {}

--- The parameter that says how a rate becomes a set of samples.
rates.count = {
  default = "iid",
  choices = { "iid", "exact", "exact_per_class" },
  doc = "each sample by itself, or a fixed number of all, or of each class",
}

--- The same where a matrix says how many of each class become which.
rates.count_of_rows = {
  default = "iid",
  choices = { "iid", "exact_per_class" },
  doc = "each sample by itself, or of each class as many as the matrix says, rounded down",
}

--- The parameter that says what a redrawn label may be: exclude, as Patel and Sastry (2021), Co-teaching and APL have
--- it, so that the share of wrong labels is the rate; include, as Zhang et al. (2017), DivideMix and ELR, so that it is
--- rate * (K - 1) / K.
rates.convention = {
  default = "exclude",
  choices = { "exclude", "include" },
  doc = "whether the drawn class can be the true one (include) or not (exclude)",
}

--- The declaration of a rate.
function rates.rate(default, doc)
  return { default = default, min = 0, max = 1, doc = doc or "share of samples that are chosen" }
end

-- The first `count` positions of a random order.
local function some_of(random, positions, count)
  local order, result = random:permutation(#positions):totable(), {}
  for i = 1, count do
    result[i] = positions[order[i]]
  end
  return result
end

local function round(x)
  return math.floor(x + 0.5)
end

--- The positions of the samples that get a new label. `classes` is the true class of each, a list; `given` has rate and
--- count; `is_open` (optional) says whether a class has labels to change: the others are never chosen, and a fixed
--- number is one of those that can be.
function rates.chosen(given, classes, ctx, is_open)
  local result = {}
  if given.count == "iid" then
    local draws = ctx.random:derive("choose"):uniform(ctx.count):totable()
    for i, draw in ipairs(draws) do
      if draw < given.rate and (is_open == nil or is_open(classes[i])) then
        result[#result + 1] = i
      end
    end
    return result
  end
  -- All together, or each class that comes.
  local positions, parts = {}, {}
  for i, class in ipairs(classes) do
    if is_open == nil or is_open(class) then
      local part = given.count == "exact" and 1 or class
      if positions[part] == nil then
        positions[part], parts[#parts + 1] = {}, part
      end
      table.insert(positions[part], i)
    end
  end
  table.sort(parts)
  for _, part in ipairs(parts) do
    local members = positions[part]
    local random = ctx.random:derive("choose " .. part)
    for _, i in ipairs(some_of(random, members, round(given.rate * #members))) do
      result[#result + 1] = i
    end
  end
  return result
end

--- A mask of the samples that are chosen, for noise that does not look at classes: `count` is iid or exact.
function rates.mask(given, ctx)
  local classes, chosen = {}, {}
  for i = 1, ctx.count do
    classes[i], chosen[i] = 1, false
  end
  for _, i in ipairs(rates.chosen(given, classes, ctx)) do
    chosen[i] = true
  end
  return nj.tensor(chosen, { dtype = "bool" })
end

--- Labels with those at the positions chosen drawn anew, uniformly. A sample's new class depends on its position alone,
--- whoever else is chosen.
function rates.redrawn(classes, positions, ctx, convention)
  local draws = ctx.random:derive("class"):uniform(ctx.count):totable()
  for _, i in ipairs(positions) do
    if convention == "include" then
      classes[i] = 1 + math.floor(draws[i] * ctx.classes)
    else
      local class = 1 + math.floor(draws[i] * (ctx.classes - 1))
      classes[i] = class < classes[i] and class or class + 1
    end
  end
  return classes
end

--- Labels of which each class has as many of each given class as a matrix says, rounded down, at places of random
--- order; the rest keep theirs. So draws the noise of cleanlab (`generate_noisy_labels`).
function rates.exact_rows(labels, rows, ctx)
  local truth = labels:totable()
  local given, members = table.move(truth, 1, #truth, 1, {}), {}
  for i, class in ipairs(truth) do
    members[class] = members[class] or {}
    table.insert(members[class], i)
  end
  for class = 1, ctx.classes do
    local positions = members[class] or {}
    local order, place = ctx.random:derive("choose " .. class):permutation(#positions):totable(), 0
    for j, p in ipairs(rows[class]) do
      -- Products such as 0.3 * 100 may fall short of a whole number by rounding.
      for _ = 1, j ~= class and math.floor(p * #positions + 1e-9) or 0 do
        place = place + 1
        given[positions[order[place]]] = j
      end
    end
  end
  return given
end

--- The transition matrix of labels that are redrawn uniformly with a rate: a row of probabilities a class.
function rates.symmetric_matrix(rate, convention, classes)
  local other = convention == "exclude" and rate / (classes - 1) or rate / classes
  local rows = {}
  for i = 1, classes do
    rows[i] = {}
    for j = 1, classes do
      rows[i][j] = other
    end
    rows[i][i] = 1 - other * (classes - 1)
  end
  return rows
end

return rates
