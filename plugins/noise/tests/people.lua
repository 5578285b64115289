-- Labels that people gave, from files.
local nj = require "nightjar"
local test = require "nightjar.test"

local function int(values)
  return nj.tensor(values, { dtype = "int32" })
end

local truth = int { 1, 2, 3, 1, 2, 3, 1, 2 }
local given = int { 1, 3, 3, 2, 2, 3, 1, 2 }

-- The files have the same labels, counted from 0 (data/golden.py). Paths are found beside the model that reads them.
local given_file, clean_file, packed_file = "tests/data/people-given.npy", "tests/data/people-clean.npy",
  "tests/data/people.npz"

test("labels of a file count from 0, and nothing is drawn", function(t)
  local noise = nj.noise.human { labels = given_file, truth = clean_file }
  for seed = 1, 2 do
    t.equal(noise:apply(truth, { classes = 3, seed = seed }), given:totable())
  end
  t.equal(noise:cautions(3), {})
  local packed = nj.noise.human { labels = packed_file, key = "worst", truth = packed_file, truth_key = "clean" }
  t.equal(packed:apply(truth, { classes = 3, seed = 1 }), given:totable())
  t.equal(nj.noise.human { labels = given }:apply(truth, { classes = 3, seed = 1 }), given:totable())
end)

test("labels are read as they are published, from a file of PyTorch", function(t)
  local file = "tests/data/people.pt"
  local noise = nj.noise.human { labels = file, key = "worse_label", truth = file, truth_key = "clean_label" }
  t.equal(noise:apply(truth, { classes = 3, seed = 1 }), given:totable())
  t.error_with(function() nj.noise.human { labels = file }:apply(truth, { classes = 3, seed = 1 }) end,
    "noise model 'human': tests/data/people.pt holds the arrays clean_label, worse_label: say which by its key")
end)

test("the first part of the data gets the first part of the file", function(t)
  local noise = nj.noise.human { labels = given_file, truth = clean_file }
  t.equal(noise:apply(truth:narrow(1, 1, 5), { classes = 3, seed = 1 }), { 1, 3, 3, 2, 2 })
end)

test("data in another order than the file is refused, and that it was not compared is said", function(t)
  local noise = nj.noise.human { labels = given_file, truth = clean_file }
  t.error_with(function() noise:apply(int { 1, 2, 3, 2, 1, 3, 1, 2 }, { classes = 3, seed = 1 }) end,
    "noise model 'human': 2 of the 8 true labels are not those of the file, first at sample 4 (2, the file has 1): the "
    .. "data is in another order")
  t.error_with(function() noise:apply(nj.cat { truth, truth }, { classes = 3, seed = 1 }) end,
    "noise model 'human': there are 8 labels for 16 samples")
  t.equal(nj.noise.human { labels = given_file }:cautions(3), { "there are no clean labels to compare: that "
    .. "the file's labels are in the order of the data is taken on trust; give them as 'truth'" })
  t.error_with(function() nj.noise.human { labels = packed_file }:apply(truth, { classes = 3, seed = 1 }) end,
    "noise model 'human': tests/data/people.npz holds the arrays clean, worst: say which by its key")
end)

test("rows of counts by class, as CIFAR-10H has them, are drawn from", function(t)
  local rows, labels = {}, {}
  for i = 1, 4000 do
    rows[i], labels[i] = { 30, 15, 5 }, 1
  end
  local noise = nj.noise.human { labels = nj.tensor(rows) }
  local seen = nj.noise.realised(int(labels), noise:apply(int(labels), { classes = 3, seed = 1 }), 3)
  for j, p in ipairs { 0.6, 0.3, 0.1 } do
    t.near(seen[1][j], p, 4 * math.sqrt(p * (1 - p) / 4000))
  end
end)

test("synthetic noise has people's matrix, or their rate alone", function(t)
  local function noise(like)
    return nj.noise.human_matched { labels = given_file, truth = clean_file, like = like }
  end
  t.near(noise("matrix"):matrix(3), { { 2 / 3, 1 / 3, 0 }, { 0, 2 / 3, 1 / 3 }, { 0, 0, 1 } }, 1e-12)
  t.near(noise("symmetric"):matrix(3), { { 0.75, 0.125, 0.125 }, { 0.125, 0.75, 0.125 }, { 0.125, 0.125, 0.75 } },
    1e-12)
  t.near(noise("pair"):matrix(3), { { 0.75, 0.25, 0 }, { 0, 0.75, 0.25 }, { 0.25, 0, 0.75 } }, 1e-12)
  -- A class that does not occur stays itself.
  t.equal(noise("matrix"):matrix(4)[4], { 0, 0, 0, 1 })
  local rows = nj.noise.human_matched { labels = nj.tensor { { 3, 1 }, { 1, 1 }, { 0, 2 } }, truth = int { 1, 1, 2 } }
  t.near(rows:matrix(2), { { 0.625, 0.375 }, { 0, 1 } }, 1e-12)
  t.error_with(function() noise("matrix"):matrix(2) end,
    "noise model 'human_matched': there are labels up to 3, and 2 classes")
end)
