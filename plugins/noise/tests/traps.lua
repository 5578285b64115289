-- What published code gets wrong about label noise, each as a test.
local nj = require "nightjar"
local test = require "nightjar.test"

local cifar10 = { "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck" }

local function int(values)
  return nj.tensor(values, { dtype = "int32" })
end

-- The same number of samples of each class, in turn.
local function balanced(count, classes)
  return (nj.arange(count, { dtype = "int32" }) % classes + 1):copy()
end

-- The message without the line, which must be one of this file.
local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^plugins/noise/tests/traps.lua:%d+: (.*)$") or message
end

local function names_of(count)
  local names = {}
  for i = 1, count do
    names[i] = "class " .. i
  end
  return names
end

local function four_sigma(p, n)
  return 4 * math.sqrt(p * (1 - p) / n)
end

-- Every model that has a matrix, with parameters and classes.
local with_matrix = {
  { "uniform", { rate = 0.6 }, 10 }, { "uniform", { rate = 0.6, convention = "include" }, 10 },
  { "random_labels", { rate = 0.8 }, 10 }, { "rand_y", { fraction = 0.3 }, 10 }, { "pair_flip", { rate = 0.45 }, 10 },
  { "asym_mnist", { rate = 0.4 }, 10 }, { "asym_cifar10", { rate = 0.4 }, 10 },
  { "asym_cifar100", { rate = 0.4 }, 100 }, { "asym_cifar100", { rate = 0.4, contiguous_compat = true }, 100 },
  { "asymmetric", { rate = 0.3, map = { ["class 1"] = "class 3", ["class 3"] = "class 2" } }, 4 },
  { "class_conditional", { transition = { { 0.8, 0.2, 0 }, { 0, 0.9, 0.1 }, { 0.3, 0.1, 0.6 } } }, 3 },
  { "random_transition", { trace = 6, count = "iid" }, 10 },
  { "human_matched", { labels = balanced(700, 7):le(5):int() + 1, truth = balanced(700, 2) }, 2 },
}

for _, case in ipairs(with_matrix) do
  local name, parameters, classes = case[1], case[2], case[3]
  test(name .. ": labels follow the rows of the matrix within four standard errors", function(t)
    local truth, names = balanced(20000, classes), names_of(classes)
    if name:find("^asym_") then
      names = nil
    end
    local noise = nj.noise[name](parameters)
    local rows = noise:matrix(classes, names)
    local seen = nj.noise.realised(truth, noise:apply(truth, { classes = classes, seed = 3, names = names }), classes)
    for i = 1, classes do
      local sum = 0
      for j = 1, classes do
        sum = sum + rows[i][j]
        t.near(seen[i][j], rows[i][j], four_sigma(rows[i][j], 20000 / classes))
      end
      t.near(sum, 1, 1e-9)
    end
  end)
end

test("cats and dogs do not flip twice: asymmetric CIFAR-10 at 0.4 flips 40 % of the cats and 20 % of all", function(t)
  local truth = balanced(50000, 10)
  local noise = nj.noise.asym_cifar10 { rate = 0.4, count = "exact_per_class" }
  local matrix, rate = nj.noise.realised(truth, noise:apply(truth, { classes = 10, seed = 1, names = cifar10 }), 10)
  t.equal(matrix[4][6], 0.4)
  t.equal(matrix[6][4], 0.4)
  t.equal(rate, 0.2)
  matrix = nj.noise.realised(truth, nj.noise.asym_cifar10 { rate = 0.4 }:apply(truth, { classes = 10, seed = 1 }), 10)
  t.near(matrix[4][6], 0.4, four_sigma(0.4, 5000))
end)

test("half of the samples of the classes with a target flip at 0.5, in all of MNIST's pairs", function(t)
  local truth = balanced(50000, 10)
  local noise = nj.noise.asym_mnist { rate = 0.5, count = "exact_per_class" }
  local matrix, rate = nj.noise.realised(truth, noise:apply(truth, { classes = 10, seed = 1 }), 10)
  for _, pair in ipairs { { 7, 1 }, { 2, 7 }, { 3, 8 }, { 5, 6 }, { 6, 5 } } do
    t.equal(matrix[pair[1] + 1][pair[2] + 1], 0.5)
  end
  t.equal(rate, 0.25)
end)

test("targets are found by the names of classes, in whatever order a data set has them", function(t)
  local reversed = {}
  for i, name in ipairs(cifar10) do
    reversed[#cifar10 + 1 - i] = name
  end
  local noise = nj.noise.asym_cifar10 { rate = 1, count = "exact" }
  -- truck, ship, ..., airplane
  t.equal(noise:apply(int { 1, 2, 7, 5, 6, 8, 10 }, { classes = 10, seed = 1, names = reversed }),
    { 9, 2, 5, 7, 3, 10, 10 })
  t.equal(noise:apply(int { 10, 9, 4, 6, 5, 3, 1 }, { classes = 10, seed = 1, names = cifar10 }),
    { 2, 9, 6, 4, 8, 1, 1 })
end)

test("data without names of classes is said to be taken in the published order", function(t)
  local said = "the data has no names of classes: they are taken to be in the published order, airplane, ..., truck"
  local numbers = {}
  for i = 1, 10 do
    numbers[i] = tostring(i - 1)
  end
  t.equal(nj.noise.asym_cifar10 {}:cautions(10), { said })
  t.equal(nj.noise.asym_cifar10 {}:cautions(10, numbers), { said })
  t.equal(nj.noise.asym_cifar10 {}:cautions(10, cifar10), {})
  -- MNIST's classes are called by their digits.
  t.equal(nj.noise.asym_mnist {}:cautions(10, numbers), {})
end)

test("names that are not those of the model, and another number of classes, are refused", function(t)
  local names = table.move(cifar10, 1, 10, 1, {})
  names[10] = "lorry"
  t.equal(message_of(function()
    nj.noise.asym_cifar10 {}:apply(int { 1 }, { classes = 10, seed = 1, names = names })
  end), "noise model 'asym_cifar10': the data has no class 'truck'; its classes are airplane, automobile, bird, cat, "
    .. "deer, dog, frog, horse, ship, lorry")
  t.equal(message_of(function() nj.noise.asym_cifar100 {}:apply(int { 1 }, { classes = 10, seed = 1 }) end),
    "noise model 'asym_cifar100' is for data of 100 classes, got 10")
  t.equal(message_of(function() return nj.noise.asymmetric { map = { cat = "cat" } } end),
    "noise model 'asymmetric': 'map' sends class 'cat' to itself")
  t.equal(message_of(function() return nj.noise.asymmetric { map = {} } end),
    "noise model 'asymmetric': 'map' is empty: it needs at least one pair, as in { truck = \"automobile\" }")
  t.equal(message_of(function()
    nj.noise.asymmetric { map = { cat = "dgo" } }:apply(int { 1 }, { classes = 2, seed = 1, names = { "cat", "dog" } })
  end), "noise model 'asymmetric': the data has no class 'dgo'; its classes are cat, dog")
  t.equal(message_of(function()
    nj.noise.asymmetric { map = { a = "b" } }:apply(int { 1 }, { classes = 2, seed = 1 })
  end), "noise model 'asymmetric': the names of the classes are not known: give them as in { names = { \"cat\", "
    .. "\"dog\" } }")
end)

-- The coarse labels of CIFAR-100 by fine label, as the data set's files have them.
local coarse = {
  4, 1, 14, 8, 0, 6, 7, 7, 18, 3, 3, 14, 9, 18, 7, 11, 3, 9, 7, 11, 6, 11, 5, 10, 7, 6, 13, 15, 3, 15, 0, 11, 1, 10, 12,
  14, 16, 9, 11, 5, 5, 19, 8, 8, 15, 13, 14, 17, 18, 10, 16, 4, 17, 4, 2, 0, 17, 4, 18, 17, 10, 3, 2, 12, 12, 16, 12, 1,
  9, 19, 2, 10, 0, 1, 16, 12, 9, 13, 15, 13, 16, 19, 2, 4, 6, 19, 5, 5, 8, 19, 18, 1, 2, 15, 6, 0, 17, 8, 14, 13,
}

test("CIFAR-100's labels stay within their superclasses, which contiguous blocks do not", function(t)
  local all = nj.arange(1, 101, { dtype = "int32" })
  local given = nj.noise.asym_cifar100 { rate = 1 }:apply(all, { classes = 100, seed = 1 }):totable()
  local seen = {}
  for i, class in ipairs(given) do
    t.ok(class ~= i and not seen[class], "class " .. i)
    seen[class] = true
    t.equal(coarse[class], coarse[i])
    -- The next of the superclass, or its first.
    local expected
    for step = 1, 100 do
      local next_class = (i - 1 + step) % 100 + 1
      if coarse[next_class] == coarse[i] then
        expected = next_class
        break
      end
    end
    t.equal(class, expected)
  end
  local blocks = nj.noise.asym_cifar100 { rate = 1, contiguous_compat = true }
  given = blocks:apply(all, { classes = 100, seed = 1 }):totable()
  local outside = 0
  for i, class in ipairs(given) do
    t.equal(class, i % 5 == 0 and i - 4 or i + 1)
    outside = outside + (coarse[class] ~= coarse[i] and 1 or 0)
  end
  t.ok(outside > 80, outside .. " leave their superclass")
  t.equal(nj.noise.asym_cifar100 { contiguous_compat = true }:cautions(100), { "the blocks of contiguous_compat are no "
    .. "superclasses: labels of CIFAR-100 are in the order of their names" })
end)

test("what is beyond the bound of the theory is said, in full", function(t)
  local why = ": results on robustness, such as Theorem 1 of Patel and Sastry (2021), need the true class to be the "
    .. "most frequent (symmetric noise: a rate below (K - 1) / K; noise by pairs: below 0.5)"
  t.equal(nj.noise.uniform { rate = 0.89 }:cautions(10), {})
  t.equal(nj.noise.uniform { rate = 0.9 }:cautions(10),
    { "class 1 is given as 2 with probability 0.1 and as itself with 0.1" .. why })
  t.equal(nj.noise.uniform { rate = 0.7 }:cautions(3, { "a", "b", "c" }),
    { "class 'a' is given as 'b' with probability 0.35 and as itself with 0.3" .. why })
  -- Redrawn labels include the true class: only where nothing is kept is nothing left.
  t.equal(nj.noise.uniform { rate = 0.99, convention = "include" }:cautions(10), {})
  t.equal(nj.noise.random_labels {}:cautions(10),
    { "class 1 is given as 2 with probability 0.1 and as itself with 0.1" .. why })
  t.equal(nj.noise.pair_flip { rate = 0.49 }:cautions(10), {})
  t.equal(nj.noise.pair_flip { rate = 0.5 }:cautions(10),
    { "class 1 is given as 2 with probability 0.5 and as itself with 0.5" .. why })
  t.equal(nj.noise.asym_cifar10 { rate = 0.5 }:cautions(10, cifar10),
    { "class 'bird' is given as 'airplane' with probability 0.5 and as itself with 0.5" .. why })
  t.equal(nj.noise.instance { rate = 0.49 }:cautions(10), {})
  t.equal(nj.noise.instance { rate = 0.5 }:cautions(10), { "with a rate of 0.5 a wrong class is as likely as the "
    .. "true one for half of the samples, where projections leave one wrong class: results on robustness need less "
    .. "than 0.5" })
end)

test("instance noise says where the ends of [0, 1] move the mean of its rates", function(t)
  -- Half a normal distribution: sqrt(2 / pi) deviations.
  t.equal(nj.noise.instance { rate = 0 }:cautions(10), { "the samples' rates are cut at 0 and 1, and their mean is "
    .. "0.0798, not 0: a smaller deviation moves it less" })
  t.equal(nj.noise.instance { rate = 0.2 }:cautions(10), { "the samples' rates are cut at 0 and 1, and their mean is "
    .. "0.206, not 0.2: a smaller deviation moves it less" })
  t.equal(nj.noise.instance { rate = 0.3 }:cautions(10), {})
end)

test("a sample's label depends on its position, not on how many follow or on what was asked before", function(t)
  local all, some = balanced(3000, 10), balanced(1000, 10)
  local features = nj.randn({ 3000, 4 }, { seed = 1, name = "x" })
  for _, case in ipairs { { "uniform", {} }, { "random_labels", { rate = 0.5 } }, { "pair_flip", {} },
    { "asym_cifar10", {} }, { "class_conditional", { transition = nj.noise.uniform {} } } } do
    local noise = nj.noise[case[1]](case[2])
    local given = noise:apply(all, { classes = 10, seed = 5 })
    t.equal(noise:apply(some, { classes = 10, seed = 5 }), given:narrow(1, 1, 1000):totable())
  end
  local noise = nj.noise.instance {}
  local given = noise:apply(all, { classes = 10, seed = 5, features = features })
  t.equal(noise:apply(some, { classes = 10, seed = 5, features = features:narrow(1, 1, 1000) }),
    given:narrow(1, 1, 1000):totable())
end)

test("the convention that excludes the true class never gives it, the one that includes does", function(t)
  local truth = balanced(20000, 10)
  local function unchanged(noise)
    return noise:apply(truth, { classes = 10, seed = 2 }):eq(truth):int():sum():item()
  end
  t.equal(unchanged(nj.noise.uniform { rate = 1 }), 0)
  t.near(unchanged(nj.noise.random_labels {}) / 20000, 0.1, four_sigma(0.1, 20000))
end)

test("equal images have noise of their own: nothing goes by their pixels", function(t)
  local data = nj.data.from_tensors { inputs = nj.ones(400, 2, 2, 1), labels = balanced(400, 4), classes = 4 }
  local noisy = data:with_labels(nj.noise.uniform { rate = 0.5, count = "exact" }, { seed = 1 })
  t.equal(noisy:noise_rate(), 0.5)
  t.equal(noisy:labels(), nj.noise.uniform { rate = 0.5, count = "exact" }
    :apply(balanced(400, 4), { classes = 4, seed = 1 }):totable())
end)

test("a membership of fifty thousand is not looked up in a list for each sample", function(t)
  local truth = balanced(50000, 10)
  local noise = nj.noise.asym_cifar10 { rate = 0.4, count = "exact" }
  local _, rate = nj.noise.realised(truth, noise:apply(truth, { classes = 10, seed = 1 }), 10)
  t.equal(rate, 0.2)
end)

test("instance noise realises its rate, and hits samples of their own", function(t)
  local truth = balanced(5000, 10)
  local features = nj.randn({ 5000, 20 }, { seed = 4, name = "x" })
  for _, name in ipairs { "instance", "instance_shared" } do
    local noise = nj.noise[name] { rate = 0.3 }
    local options = { classes = 10, seed = 1, features = features }
    local _, rate = nj.noise.realised(truth, noise:apply(truth, options), 10)
    t.near(rate, 0.3, four_sigma(0.3, 5000))
    t.error_with(function() noise:apply(truth, { classes = 10, seed = 1 }) end, "noise model '" .. name
      .. "' needs the inputs: data:with_labels gives them, noise:apply takes them as { features = x }")
  end
  local one = nj.noise.instance { rate = 0.3 }:apply(truth, { classes = 10, seed = 1, features = features })
  local two = nj.noise.instance_shared { rate = 0.3 }:apply(truth, { classes = 10, seed = 1, features = features })
  t.ok(one:ne(two):any():item(), "they are different noise")
end)

test("wrong classes are nearly certain in many dimensions, and drawn where projections are divided by the root",
  function(t)
    local truth = balanced(2000, 10)
    -- The same image two hundred times for each class.
    local features = nj.randn({ 10, 784 }, { seed = 2, name = "x" }):index(1, truth)
    local function most_frequent(noise)
      local rows = nj.noise.realised(truth, noise:apply(truth, { classes = 10, seed = 1, features = features }), 10)
      local total = 0
      for i, row in ipairs(rows) do
        local most = 0
        for j, p in ipairs(row) do
          most = j ~= i and math.max(most, p) or most
        end
        total = total + most / (1 - row[i])
      end
      return total / 10
    end
    t.ok(most_frequent(nj.noise.instance { rate = 0.4 }) > 0.9)
    t.ok(most_frequent(nj.noise.instance { rate = 0.4, divide_by_root = true }) < 0.6)
  end)

test("margin noise takes the scores of a model, and says where they do not fit", function(t)
  local scores = nj.tensor { { 3, 1, 0 }, { 1, 1.5, 0 }, { 0, 2, 1.9 }, { 5, 0, 4 } }
  local noise = nj.noise.margin { rate = 0.5, scores = scores }
  -- Margins: 2, 0.5, 0.1 and 1.
  t.equal(noise:apply(int { 1, 2, 2, 1 }, { classes = 3, seed = 1 }), { 1, 1, 3, 1 })
  t.error_with(function() noise:apply(int { 1, 2 }, { classes = 3, seed = 1 }) end,
    "noise model 'margin': 'scores' has shape (4, 3) and the labels are 2 of 3 classes")
  t.equal(message_of(function() return nj.noise.margin { scores = 3 } end),
    "noise model 'margin': 'scores' is a tensor (samples, classes), as model:predict(data) gives it")
end)

test("random transitions have their trace, their bounds, and say what cannot be", function(t)
  local noise = nj.noise.random_transition { trace = 6.5, min_diagonal = 0.4, max_diagonal = 0.9 }
  local trace = 0
  for i, row in ipairs(noise:matrix(10)) do
    local sum = 0
    for _, p in ipairs(row) do
      sum = sum + p
    end
    t.near(sum, 1, 1e-9)
    trace = trace + row[i]
    t.ok(row[i] > 0.4 - 1e-8 and row[i] < 0.9 + 1e-8)
  end
  t.near(trace, 6.5, 1e-9)
  t.equal(message_of(function() nj.noise.random_transition { trace = 11 }:matrix(10) end),
    "noise model 'random_transition': a trace of 11 is the sum of 10 probabilities from 1e-05 to 1: it lies from "
    .. "0.0001 to 10")
  t.equal(message_of(function() nj.noise.random_transition { trace = 0.9 }:matrix(10) end),
    "noise model 'random_transition': a learnable matrix has a trace above 1, got 0.9")
  t.equal(message_of(function() nj.noise.random_transition { trace = 1.001, max_tries = 3 }:matrix(10) end),
    "noise model 'random_transition': 3 tries gave no matrix with a trace of 1.001 that is learnable: ask for a higher "
    .. "trace, wider bounds or more tries")
  t.equal(message_of(function() return nj.noise.random_transition { min_rate = 0.5, max_rate = 0.2 } end),
    "noise model 'random_transition': the least probability is above the largest")
end)

test("rates of 0.25 and 0.2 are two, where ten times a rate as a whole number is one", function(t)
  local truth = balanced(2000, 10)
  for _, rate in ipairs { 0.2, 0.25 } do
    local noise = nj.noise.uniform { rate = rate, count = "exact" }
    local _, realised = nj.noise.realised(truth, noise:apply(truth, { classes = 10, seed = 1 }), 10)
    t.equal(realised, rate)
  end
end)

test("noise is put on the part that is asked for alone: what chooses epochs or tests stays clean", function(t)
  local data = nj.data.load("digits")
  local noisy = data.train:with_labels(nj.noise.uniform { rate = 0.4, count = "exact" }, { seed = 1 })
  t.near(noisy:noise_rate(), 0.4, 1e-3)
  t.equal(data.train:noise_rate(), 0)
  t.equal(data.test:noise_rate(), 0)
  t.equal(noisy:first(100):true_labels(), data.train:first(100):labels():totable())
  -- A noisy test set is asked for in the same way.
  t.near(data.test:with_labels(nj.noise.uniform { rate = 0.4, count = "exact" }, { seed = 1 }):noise_rate(), 0.4, 2e-3)
end)
