-- Confident learning, scores and mixtures against the numbers of cleanlab, scikit-learn and SciPy (data/golden.py).
local nj = require "nightjar"
local test = require "nightjar.test"
local confident = require "../confident.lua"
local golden = require "data/golden.lua"
local mixtures = require "../mixtures.lua"
local rankings = require "../rankings.lua"

local function double(values)
  return nj.tensor(values, { dtype = "float64" })
end

-- Labels in the fixture count from 0.
local function labels_of(case)
  return nj.tensor(case.labels, { dtype = "int32" }) + 1
end

for number, case in ipairs(golden.cases) do
  local name = "case " .. number
  local function learn()
    return confident.learn(double(case.probabilities), labels_of(case))
  end

  test(name .. ": thresholds, counts and the calibrated joint are cleanlab's", function(t)
    local learnt = learn()
    t.near(learnt.thresholds, case.thresholds, 1e-12)
    t.equal(learnt.counts, case.counts)
    t.equal(learnt.joint, case.joint)
    t.near(learnt.rate, case.rate, 1e-12)
  end)

  test(name .. ": the matrix is cleanlab's, with true classes down", function(t)
    local matrix = learn().matrix
    for i, row in ipairs(case.matrix) do
      for j, value in ipairs(row) do
        -- cleanlab has zeros for a class that nothing is counted for; here it is not known.
        if matrix[i][j] == matrix[i][j] then
          t.near(matrix[i][j], value, 1e-12)
        else
          t.equal(value, 0)
        end
      end
    end
  end)

  for filter, expected in pairs(case.issues) do
    test(name .. ": issues by " .. filter .. " are cleanlab's", function(t)
      t.equal(learn().issues[filter]:int(), expected)
    end)
  end

  for score, expected in pairs(case.quality) do
    test(name .. ": " .. score .. " is cleanlab's, turned round", function(t)
      local evidence = { probabilities = double(case.probabilities), labels = labels_of(case), classes = 4 }
      t.near((1 - nj.suspicions[score] {} (evidence)):totable(), expected, 1e-9)
    end)
  end
end

test("rounding keeps the sum of a row, as cleanlab's does", function(t)
  for i, row in ipairs(golden.rows) do
    t.equal(confident.round_row(row), golden.rounded[i])
  end
end)

test("a mixture of Gaussians has the posterior of scikit-learn's", function(t)
  local posterior = mixtures.gaussian(double(golden.losses), { steps = 100, tolerance = 1e-6, floor = 5e-4 })
  t.near(posterior:totable(), golden.gaussian, 1e-6)
  t.near(mixtures.gaussian(double(golden.losses), { steps = 3, tolerance = 1e-12, floor = 1e-6 }):totable(),
    golden.gaussian_short, 1e-9)
end)

test("a mixture of beta distributions has the posterior that SciPy's densities give", function(t)
  t.near(mixtures.beta(double(golden.losses), { steps = 10 }):totable(), golden.beta, 1e-8)
  for _, pair in ipairs(golden.log_gamma) do
    t.near(mixtures.log_gamma(pair[1]), pair[2], 1e-9 * math.max(1, math.abs(pair[2])))
  end
end)

test("losses that are all the same say nothing", function(t)
  local same = nj.full({ 4 }, 0.7, { dtype = "float64" })
  t.equal(mixtures.gaussian(same, { steps = 5, tolerance = 1e-6, floor = 0 }), { 0.5, 0.5, 0.5, 0.5 })
  t.equal(mixtures.beta(same, { steps = 5 }), { 0.5, 0.5, 0.5, 0.5 })
end)

test("Spearman's coefficient is SciPy's, with ties", function(t)
  local left, right = rankings.ranks(double(golden.left)), rankings.ranks(double(golden.right))
  t.near(rankings.spearman(left, right), golden.spearman, 1e-12)
  local alike = rankings.spearman(left, rankings.ranks(nj.zeros(50)))
  t.ok(alike ~= alike, "nan")
end)

test("orders put equal scores in the order of the samples, and overlap counts the first ones", function(t)
  t.equal(rankings.order(double { 1, 3, 3, 2 }), { 2, 3, 4, 1 })
  t.equal(rankings.ranks(double { 1, 3, 3, 2 }), { 4, 1.5, 1.5, 3 })
  t.equal(rankings.overlap({ 1, 2, 3, 4 }, { 2, 4, 1, 3 }, 2), 0.5)
end)
