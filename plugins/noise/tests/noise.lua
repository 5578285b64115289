local nj = require "nightjar"
local test = require "nightjar.test"

local count, classes = 20000, 10

-- The same number of samples of each class, in turn.
local function balanced()
  local labels = {}
  for i = 1, count do
    labels[i] = (i - 1) % classes + 1
  end
  return nj.tensor(labels, { dtype = "int32" })
end

local truth = balanced()

-- How often each class was given for each true one.
local function counts(noisy)
  local given, real, table_of = noisy:totable(), truth:totable(), {}
  for i = 1, classes do
    table_of[i] = {}
    for j = 1, classes do
      table_of[i][j] = 0
    end
  end
  for i = 1, count do
    local row = table_of[real[i]]
    row[given[i]] = row[given[i]] + 1
  end
  return table_of
end

local function realised(noisy)
  return noisy:ne(truth):to("float64"):mean():item()
end

-- Four standard deviations of a share among n draws.
local function four_sigma(p, n)
  return 4 * math.sqrt(p * (1 - p) / n)
end

for _, rate in ipairs { 0.2, 0.4, 0.6 } do
  test("uniform noise that excludes the true class realises the rate " .. rate, function(t)
    local noise = nj.noise.uniform { rate = rate }
    local noisy = noise:apply(truth, { classes = classes, seed = 3 })
    t.near(realised(noisy), rate, four_sigma(rate, count))
    local matrix, seen = noise:matrix(classes), counts(noisy)
    for i = 1, classes do
      local sum = 0
      for j = 1, classes do
        sum = sum + matrix[i][j]
        t.near(seen[i][j] * classes / count, matrix[i][j], four_sigma(matrix[i][j], count / classes))
      end
      t.near(sum, 1, 1e-12)
    end
  end)

  test("uniform noise that includes the true class realises rate (K - 1) / K at " .. rate, function(t)
    local noise = nj.noise.uniform { rate = rate, convention = "include" }
    local noisy = noise:apply(truth, { classes = classes, seed = 3 })
    local expected = rate * (classes - 1) / classes
    t.near(realised(noisy), expected, four_sigma(expected, count))
    t.near(1 - noise:matrix(classes)[1][1], expected, 1e-12)
  end)

  test("exact counts are exact at " .. rate, function(t)
    local all = nj.noise.uniform { rate = rate, count = "exact" }:apply(truth, { classes = classes, seed = 5 })
    t.near(realised(all), rate, 1e-12)
    local each = nj.noise.uniform { rate = rate, count = "exact_per_class" }
      :apply(truth, { classes = classes, seed = 5 })
    for i, row in ipairs(counts(each)) do
      t.equal(row[i], math.floor((1 - rate) * count / classes + 0.5))
    end
  end)
end

test("the labels given stay as they are", function(t)
  local before = truth:totable()
  nj.noise.uniform { rate = 0.6 }:apply(truth, { classes = classes, seed = 1 })
  t.equal(truth, before)
end)

test("the same seed gives the same labels, another seed others", function(t)
  local noise = nj.noise.uniform { rate = 0.4 }
  local one = noise:apply(truth, { classes = classes, seed = 7 })
  t.equal(one, noise:apply(truth, { classes = classes, seed = 7 }):totable())
  t.ok(noise:apply(truth, { classes = classes, seed = 8 }):ne(one):any():item(), "another seed")
end)

test("the first flips for seed 0 are frozen", function(t)
  local ones = {}
  for i = 1, 20 do
    ones[i] = 1
  end
  local noisy = nj.noise.uniform { rate = 0.4 }:apply(nj.tensor(ones, { dtype = "int32" }), { classes = 10, seed = 0 })
  -- Tests/Golden/uniform_noise.py
  t.equal(noisy, { 4, 2, 10, 1, 1, 3, 10, 9, 5, 1, 1, 7, 6, 1, 1, 1, 1, 1, 1, 1 })
end)

test("a rate of 0 changes nothing and a rate of 1 everything", function(t)
  t.equal(realised(nj.noise.uniform { rate = 0 }:apply(truth, { classes = classes, seed = 1 })), 0.0)
  t.equal(realised(nj.noise.uniform { rate = 1 }:apply(truth, { classes = classes, seed = 1 })), 1.0)
end)

test("class-conditional noise follows its matrix", function(t)
  local matrix = {}
  for i = 1, classes do
    matrix[i] = {}
    for j = 1, classes do
      matrix[i][j] = 0
    end
    matrix[i][i] = 0.7
    matrix[i][i % classes + 1] = 0.3
  end
  local noise = nj.noise.class_conditional { transition = matrix }
  t.equal(noise:matrix(classes), matrix)
  local seen = counts(noise:apply(truth, { classes = classes, seed = 2 }))
  for i = 1, classes do
    for j = 1, classes do
      t.near(seen[i][j] * classes / count, matrix[i][j], four_sigma(matrix[i][j], count / classes))
    end
  end
end)

-- The message without the line, which must be one of this file.
local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^plugins/noise/tests/noise.lua:%d+: (.*)$") or message
end

test("a matrix that is none is refused at the script's line", function(t)
  local function message(transition)
    return message_of(function() return nj.noise.class_conditional { transition = transition } end)
  end
  t.equal(message { { 0.9, 0.2 }, { 0.5, 0.5 } }, "noise model 'class_conditional': row 1 sums to 1.1, not to 1")
  t.equal(message { { 0.9, nil, 0.1 }, { 0, 1, 0 }, { 0, 0, 1 } },
    "parameter 'transition' of noise model 'class_conditional' has a hole: entry [1][2] is nil")
  t.equal(message { { 0.5, "0.5" }, { 0.5, 0.5 } },
    "noise model 'class_conditional': entry [1][2] is \"0.5\": a probability is a number from 0 to 1")
  t.equal(message(nil), "noise model 'class_conditional' needs the parameter 'transition' (one row of probabilities a "
    .. "class, each of sum 1: a table or a tensor)")
  local two = nj.noise.class_conditional { transition = nj.tensor { { 0.9, 0.1 }, { 0.2, 0.8 } } }
  t.equal(message_of(function() two:apply(truth, { classes = classes, seed = 1 }) end),
    "noise model 'class_conditional': the matrix must have shape (10, 10), got (2, 2)")
end)

local bad_labels = {
  { { 1, 0, 2 }, "label 0 at position 2 is out of range: labels go from 1 to 3 (labels that start at 0? In scripts "
    .. "they start at 1: add 1)" },
  { { 1, 2, 4 }, "label 4 at position 3 is out of range: labels go from 1 to 3" },
  { { 1, 2.7, 3 }, "label 2.7 at position 2 is no whole number: labels go from 1 to 3" },
  { { 0 / 0, 2, 3 }, "label nan at position 1 is no whole number: labels go from 1 to 3" },
}

for name, definition in pairs(nj.noise) do
  test("noise " .. name .. " names a label that is no class", function(t)
    local noise = definition(definition.example)
    for _, case in ipairs(bad_labels) do
      t.equal(message_of(function() noise:apply(nj.tensor(case[1]), { classes = 3, seed = 1 }) end),
        "noise model '" .. name .. "': " .. case[2])
    end
  end)
end

test("labels that a noise model returns are looked at", function(t)
  for _, as in ipairs { "list", "float32", "float64" } do
    for _, case in ipairs(bad_labels) do
      local returned = as == "list" and case[1] or nj.tensor(case[1], { dtype = as })
      local noise = nj.noise { name = "own", apply = function() return returned end } {}
      t.equal(message_of(function() noise:apply(nj.tensor { 1, 2, 3 }, { classes = 3, seed = 1 }) end),
        "apply of noise model 'own' returned a wrong label: " .. case[2])
    end
  end
end)

test("a model with a matrix alone draws labels from its rows", function(t)
  local flip = nj.noise {
    name = "flip", params = { rate = { default = 0.3, min = 0, max = 1 } },
    -- A tensor does as well as rows.
    matrix = function(self, number)
      local rows = nj.eye(number):totable()
      rows[2][2], rows[2][3] = 1 - self.rate, self.rate
      return nj.tensor(rows)
    end,
  }
  local clean = nj.tensor({ 1, 2, 3 }, { dtype = "int32" }):index(1, nj.arange(0, 30000):int() % 3 + 1)
  local given = flip { rate = 0.25 }:apply(clean, { classes = 3, seed = 5 })
  local seen, rate = nj.noise.realised(clean, given, 3)
  t.near(seen[2], { 0, 0.75, 0.25 }, 0.02)
  t.equal({ seen[1], seen[3] }, { { 1, 0, 0 }, { 0, 0, 1 } })
  t.near(rate, 0.25 / 3, 0.01)
  t.equal(given, flip { rate = 0.25 }:apply(clean, { classes = 3, seed = 5 }):totable())
  -- The same labels as where the matrix is a parameter.
  t.equal(given, nj.noise.class_conditional { transition = flip { rate = 0.25 }:matrix(3) }
    :apply(clean, { classes = 3, seed = 5 }):totable())
  t.equal(#flip { rate = 0.6 }:cautions(3), 1)
end)
