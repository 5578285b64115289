-- Whole numbers may be written as floats (3.0, 6 / 2, 1e1) wherever one is asked for, and are the same; a number with a
-- fraction, NaN, an infinity or a text is refused with the function's or the parameter's name.
local nj = require "nightjar"
local test = require "nightjar.test"

local function labels() return nj.tensor({ 1, 2, 1, 2 }, { dtype = "int32" }) end

local function data()
  return nj.data.from_tensors { inputs = nj.ones(4, 3), labels = labels(), classes = 2 }
end

local function trainer(fields)
  local all = { model = nj.nn.linear(3, 2), loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.1 }
  for name, value in pairs(fields) do
    all[name] = value
  end
  return nj.trainer(all)
end

local function last_loss(fields, epochs)
  local records = trainer(fields):fit(data(), { epochs = epochs })
  return records[#records].loss
end

-- Each takes one whole number n >= 1 and gives a text of what came of it. What it is given is 2.
local takers = {
  -- Shapes and creation
  zeros = function(n) return nj.zeros(n, 3) end,
  zeros_list = function(n) return nj.zeros({ n, n }) end,
  full = function(n) return nj.full({ n }, 7) end,
  eye = function(n) return nj.eye(n) end,
  linspace = function(n) return nj.linspace(0, 1, n) end,
  rand_seed = function(n) return nj.rand({ 3 }, { seed = n }) end,
  randint = function(n) return nj.randint(n, n, 3) end,
  choice = function(n) return nj.choice(n, n, { replace = false }):sort() end,
  manual_seed = function(n) nj.manual_seed(n) return nj.rand(2) end,
  whole_entry = function(n) return nj.tensor({ n }, { dtype = "int32" }) end,
  whole_full = function(n) return nj.full({ 1 }, n, { dtype = "int32" }) end,
  whole_operand = function(n) return labels() * n end,
  -- Axes, extents, positions
  sum = function(n) return nj.ones(2, 3):sum(n) end,
  sum_list = function(n) return nj.ones(2, 3):sum({ n }) end,
  argmax = function(n) return nj.eye(2):argmax(n) end,
  softmax = function(n) return nj.ones(2, 3):softmax(n) end,
  size = function(n) return nj.ones(2, 3):size(n) end,
  reshape = function(n) return nj.arange(4):reshape(n, n) end,
  permute = function(n) return nj.ones(2, 3):permute(n, 1) end,
  narrow = function(n) return nj.arange(4):narrow(1, n, n) end,
  slice = function(n) return nj.arange(4):slice({ n, n }) end,
  expand = function(n) return nj.ones(1, 3):expand(n, 3) end,
  unsqueeze = function(n) return nj.ones(3):unsqueeze(n):shape() end,
  cumsum = function(n) return nj.ones(2, 3):cumsum(n) end,
  topk = function(n) return (nj.arange(4):topk(n)) end,
  gather = function(n) return nj.arange(4):index(1, { n }) end,
  tile = function(n) return nj.ones(2):tile(n) end,
  pad = function(n) return nj.ones(2):pad(n) end,
  repeat_interleave = function(n) return nj.arange(2):repeat_interleave(n) end,
  one_hot = function(n) return labels():one_hot(n) end,
  bincount = function(n) return labels():bincount(n) end,
  histogram = function(n) return (nj.arange(4):histogram(n)) end,
  norm_axis = function(n) return nj.ones(2, 3):norm(n) end,
  -- Layers and models
  linear = function(n) return nj.nn.linear(n, n) end,
  conv2d = function(n) return nj.nn.conv2d(n, n, n, { stride = n, padding = n }) end,
  max_pool2d = function(n) return nj.nn.max_pool2d(n) end,
  batch_norm = function(n) return nj.nn.batch_norm(n) end,
  group_norm = function(n) return nj.nn.group_norm(n, n) end,
  initialize = function(n)
    local layer = nj.nn.linear(2, 2)
    layer:initialize(n)
    return layer:parameters().weight
  end,
  mlp = function(n) return nj.models.mlp { inputs = n, hidden = { n }, classes = n } end,
  -- Data and noise
  first = function(n) return data():first(n) end,
  classes = function(n) return nj.data.from_tensors { inputs = nj.ones(4, 3), labels = labels(), classes = n } end,
  noise_classes = function(n) return nj.noise.uniform { rate = 0.5 }:apply(labels(), { classes = n, seed = 1 }) end,
  noise_seed = function(n) return nj.noise.uniform { rate = 0.5 }:apply(labels(), { classes = 2, seed = n }) end,
  with_labels = function(n)
    return data():with_labels(nj.noise.uniform { rate = 0.5 }, { seed = n }):labels()
  end,
  stream_seed = function(n) return nj.random_stream(n):uniform(2) end,
  stream_count = function(n) return nj.random_stream(1):uniform(n) end,
  -- Parameters of plugins, trainers, steps
  drops = function(n) return nj.schedules.step { base = 1, drops = { n } } (5) end,
  cosine = function(n) return nj.schedules.cosine { base = 1, epochs = n } (1) end,
  ignore = function(n) return nj.losses.cce { ignore = n } (nj.eye(2), nj.tensor { 1, 2 }) end,
  prepare = function(n) return tostring(nj.losses.elr {}:prepare { samples = n, classes = n }) end,
  step = function(n)
    local optimizer, w = nj.optim.adam {}, nj.ones(1)
    return (optimizer:step(w, nj.ones(1), optimizer:start(w), 0.1, n))
  end,
  patience = function(n) return nj.callbacks.early_stopping { patience = n }.patience end,
  epochs = function(n) return last_loss({ batch_size = 4 }, n) end,
  batch_size = function(n) return last_loss({ batch_size = n }, 1) end,
  accumulate = function(n) return last_loss({ batch_size = 1, accumulate = n }, 1) end,
  seed = function(n) return last_loss({ seed = n }, 1) end,
  evaluation_batch_size = function(n) return last_loss({ evaluation_batch_size = n }, 1) end,
}

local function text(value)
  return nj.is_tensor(value) and tostring(value) or type(value) == "table" and getmetatable(value) == nil
    and table.concat(value, ",") or tostring(value)
end

local names = {}
for name in pairs(takers) do
  names[#names + 1] = name
end
table.sort(names)

for _, name in ipairs(names) do
  test("a whole float is a whole number: " .. name, function(t)
    local take = takers[name]
    t.equal(text(take(4 / 2)), text(take(2)))
  end)

  test("what is no whole number is refused: " .. name, function(t)
    for _, bad in ipairs { 2.5, 0 / 0, math.huge, "2" } do
      local fine, message = pcall(takers[name], bad)
      t.ok(not fine, tostring(bad) .. " was taken")
      t.ok(message:find("^lua/tests/whole_numbers.lua:%d+: "), message)
      t.ok(not message:find("bad argument", 1, true), message)
    end
  end)
end
