local nj = require "nightjar"

-- Uniform label noise in the conventions that papers mix up (see the README beside this file).
-- exclude: a flipped label is never the true one, so the realised rate is the rate itself (the paper's convention).
-- include: a chosen label is drawn anew from all classes, so the realised rate is rate * (K - 1) / K.

-- One row of probabilities a class.
local function matrix(self, classes)
  local other = self.convention == "exclude" and self.rate / (classes - 1) or self.rate / classes
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

-- The first `count` positions of a random order.
local function chosen(random, positions, count)
  local order, result = random:permutation(#positions):totable(), {}
  for i = 1, count do
    result[i] = positions[order[i]]
  end
  return result
end

local function round(x)
  return math.floor(x + 0.5)
end

-- Which samples get a new label: each by itself, a fixed number, or a fixed number of each class.
local function selected(self, labels, ctx)
  if self.count == "iid" then
    local draws, result = ctx.random:derive("choose"):uniform(ctx.count):totable(), {}
    for i, draw in ipairs(draws) do
      if draw < self.rate then
        result[#result + 1] = i
      end
    end
    return result
  end
  -- All together, or each class that comes.
  local positions, parts = {}, {}
  for i, label in ipairs(labels) do
    local part = self.count == "exact" and 1 or label
    if positions[part] == nil then
      positions[part], parts[#parts + 1] = {}, part
    end
    table.insert(positions[part], i)
  end
  table.sort(parts)
  local result = {}
  for _, part in ipairs(parts) do
    local members = positions[part]
    local random = ctx.random:derive("choose " .. part)
    for _, i in ipairs(chosen(random, members, round(self.rate * #members))) do
      result[#result + 1] = i
    end
  end
  return result
end

return nj.noise {
  name = "uniform",
  doc = "Symmetric label noise: chosen samples get a class drawn uniformly.",
  params = {
    rate = { default = 0.4, min = 0, max = 1, doc = "share of samples that are chosen" },
    convention = {
      default = "exclude",
      choices = { "exclude", "include" },
      doc = "whether the drawn class can be the true one (include) or not (exclude)",
    },
    count = {
      default = "iid",
      choices = { "iid", "exact", "exact_per_class" },
      doc = "each sample by itself, or a fixed number of all, or of each class",
    },
  },
  matrix = matrix,
  apply = function(self, labels, ctx)
    local noisy = labels:totable()
    local choice = selected(self, noisy, ctx)
    -- Drawn for every sample, so that a sample's new class depends on its position alone.
    local draws = ctx.random:derive("class"):uniform(ctx.count):totable()
    for _, i in ipairs(choice) do
      if self.convention == "include" then
        noisy[i] = 1 + math.floor(draws[i] * ctx.classes)
      else
        local class = 1 + math.floor(draws[i] * (ctx.classes - 1))
        noisy[i] = class < noisy[i] and class or class + 1
      end
    end
    return noisy
  end,
}
