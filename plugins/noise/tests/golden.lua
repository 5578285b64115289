-- Every noise model against numbers that data/golden.py works out a second time.
local nj = require "nightjar"
local test = require "nightjar.test"
local golden = require "data/golden.lua"

local function int(values)
  return nj.tensor(values, { dtype = "int32" })
end

local truth = {}
for i = 1, 100 do
  truth[i] = (i - 1) % 10 + 1
end

test("the first twenty flips of uniform noise for seed 0, rate 0.4 and ten classes are frozen", function(t)
  local noisy = nj.noise.uniform { rate = 0.4 }:apply(int(truth), { classes = 10, seed = 0 }):totable()
  local flips = {}
  for i, label in ipairs(noisy) do
    if label ~= truth[i] and #flips < 20 then
      flips[#flips + 1] = { i, label }
    end
  end
  t.equal(flips, golden.first_flips)
end)

local models = {
  uniform_exact = { "uniform", { rate = 0.4, count = "exact" } },
  uniform_exact_per_class = { "uniform", { rate = 0.4, count = "exact_per_class" } },
  random_labels = { "random_labels", {} },
  rand_y = { "rand_y", {} },
  pair_flip = { "pair_flip", { rate = 0.45 } },
  asym_cifar10 = { "asym_cifar10", { rate = 0.4 } },
  asym_cifar10_per_class = { "asym_cifar10", { rate = 0.4, count = "exact_per_class" } },
  asym_mnist = { "asym_mnist", { rate = 0.4 } },
}

for name, case in pairs(models) do
  test(name .. " gives the labels of an independent script", function(t)
    t.equal(nj.noise[case[1]](case[2]):apply(int(truth), { classes = 10, seed = 0 }), golden[name])
  end)
end

local samples = {
  instance = { "instance", { rate = 0.4 } },
  instance_shared = { "instance_shared", { rate = 0.4 } },
  instance_standardised = { "instance",
    { rate = 0.05, deviation = 0.3, scaling = "standardised", divide_by_root = true, temperature = 2 } },
  margin = { "margin", { rate = 0.3 } },
}

for name, case in pairs(samples) do
  test(name .. " gives the labels of an independent script", function(t)
    local given = nj.noise[case[1]](case[2]):apply(int(golden.small), { classes = 4, seed = 0,
      features = nj.tensor(golden.features) })
    t.equal(given, golden[name])
  end)
end

test("random transitions are those of cleanlab where its draws are those of a stream", function(t)
  for _, case in ipairs(golden.transitions) do
    local noise = nj.noise.random_transition(case.parameters)
    local classes = case.classes
    local rows = noise:matrix(classes)
    t.near(rows, case.rows, 1e-12)
    local labels = {}
    for i = 1, 37 * classes do
      labels[i] = (i - 1) % classes + 1
    end
    local given = noise:apply(int(labels), { classes = classes, seed = 9 }):totable()
    local counts = {}
    for i = 1, classes do
      counts[i] = {}
      for j = 1, classes do
        counts[i][j] = 0
      end
    end
    for i, label in ipairs(given) do
      counts[labels[i]][label] = counts[labels[i]][label] + 1
    end
    t.equal(counts, case.counts)
  end
end)

local images = nj.tensor(golden.images):reshape(5, 4, 3, 2):copy()
local other = nj.arange(72):reshape(3, 4, 3, 2)

local changes = {
  shuffled_pixels = {}, random_pixels = {}, gaussian = {}, additive_gaussian = { deviation = 0.25 },
  rand_x = { fraction = 0.5 }, salt = { share = 0.3, salt = 0.4 }, blur = { deviation = 0.8 },
  open_set = { images = other, fraction = 0.5 },
}

for name, parameters in pairs(changes) do
  test(name .. " gives the images of an independent script", function(t)
    local changed, mask = nj.noise[name](parameters):inputs(images, { seed = 0 })
    t.near(changed:reshape(120), golden[name], 1e-5)
    t.equal(mask:int(), (name == "rand_x" or name == "open_set") and golden.chosen or { 1, 1, 1, 1, 1 })
  end)
end
