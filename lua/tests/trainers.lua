-- Every field of a trainer that is a number or a switch, outside, at and inside its range.
local nj = require "nightjar"
local test = require "nightjar.test"

local data = nj.data.from_tensors {
  inputs = nj.randn({ 12, 3 }, { seed = 1 }), labels = nj.arange(12):int() % 2 + 1, classes = 2,
}

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^lua/tests/trainers.lua:%d+: (.*)$") or message
end

-- A training of one epoch with these fields on top of the least.
local function train(fields, epochs)
  local given = { model = nj.models.mlp { inputs = 3, hidden = { 2 }, classes = 2 }, loss = nj.losses.cce {},
    optimizer = nj.optim.sgd {}, learning_rate = 0.1, batch_size = 5 }
  for name, value in pairs(fields) do
    given[name] = value
  end
  return nj.trainer(given):fit(data, { epochs = epochs or 1 })
end

local no_integers = { { 2.5, "2.5" }, { 0 / 0, "nan" }, { math.huge, "inf" }, { -math.huge, "-inf" },
  { "7", "a string" }, { {}, "a table" }, { true, "true" }, { nj.ones(1), "a tensor" } }

for _, name in ipairs { "accumulate", "batch_size", "evaluation_batch_size", "evaluation_interval" } do
  test(name .. " is a whole number from 1", function(t)
    local start = "'" .. name .. "' of nj.trainer must be "
    for _, case in ipairs(no_integers) do
      t.equal(message_of(function() train { [name] = case[1] } end), start .. "an integer, got " .. case[2])
    end
    t.equal(message_of(function() train { [name] = 1e300 } end),
      start .. "an integer that fits into 64 bits, got 1e+300")
    for _, value in ipairs { 0, -1, math.mininteger } do
      t.equal(message_of(function() train { [name] = value } end), start .. "at least 1, got " .. value)
    end
    for _, value in ipairs { 2 ^ 31, 2 ^ 53, math.maxinteger } do
      t.equal(message_of(function() train { [name] = value } end),
        start .. "at most 2147483647, got " .. math.tointeger(value))
    end
    for _, value in ipairs { 1, 2, 3.0, 2 ^ 31 - 1 } do
      t.equal(message_of(function() train { [name] = value } end), "")
    end
  end)
end

for _, name in ipairs { "seed", "init_seed", "shuffle_seed", "train_seed" } do
  test(name .. " is any whole number", function(t)
    for _, case in ipairs(no_integers) do
      t.equal(message_of(function() train { [name] = case[1] } end),
        "'" .. name .. "' of nj.trainer must be an integer, got " .. case[2])
    end
    for _, value in ipairs { 0, -1, 2 ^ 53, math.maxinteger, math.mininteger } do
      t.equal(message_of(function() train { [name] = value } end), "")
    end
  end)
end

test("the number of epochs is a whole one from 1", function(t)
  for _, case in ipairs(no_integers) do
    t.equal(message_of(function() train({}, case[1]) end),
      "'epochs' of trainer:fit must be an integer, got " .. case[2])
  end
  t.equal(message_of(function() train({}, 0) end), "'epochs' of trainer:fit must be at least 1, got 0")
  t.equal(message_of(function() train({}, 1e10) end),
    "'epochs' of trainer:fit must be at most 1000000000, got 10000000000")
  t.equal(message_of(function() train({}, 1e19) end),
    "'epochs' of trainer:fit must be an integer that fits into 64 bits, got 1e+19")
  t.equal(message_of(function() train({}, 2.0) end), "")
end)

test("a learning rate is a finite number from 0", function(t)
  local start = "'learning_rate' of nj.trainer "
  local cases = { { -0.1, "must be at least 0, got -0.1" }, { 0 / 0, "is not a number (nan)" },
    { math.huge, "must be finite, got inf" },
    { 1e300, "must be a number that float32 holds (up to 3.4e38), got 1e+300" },
    { "0.1", "must be a number, got a string" }, { {}, "must be a number, got a table" } }
  for _, case in ipairs(cases) do
    t.equal(message_of(function() train { learning_rate = case[1] } end), start .. case[2])
  end
  for _, value in ipairs { 0, 1e-30, 1 } do
    t.equal(message_of(function() train { learning_rate = value } end), "")
  end
end)

test("groups and augmentation are held to their ranges", function(t)
  local function group(fields)
    fields.match = "bias$"
    return message_of(function() train { groups = { fields } } end)
  end
  t.equal(group { learning_rate_scale = -1 },
    "'learning_rate_scale' of group 1 of nj.trainer must be at least 0, got -1")
  t.equal(group { learning_rate_scale = math.huge },
    "'learning_rate_scale' of group 1 of nj.trainer must be finite, got inf")
  t.equal(group { freeze = "yes" }, "'freeze' of group 1 of nj.trainer must be true or false, got a string")
  t.equal(group { learning_rate_scale = 0, freeze = true }, "")
  t.equal(group { momentum = 0 / 0 }, "parameter 'momentum' of optimizer 'sgd' is not a number (nan)")
  local crops = { { -1, "at least 0, got -1" }, { 2.5, "an integer, got 2.5" }, { 1e6, "at most 4096, got 1000000" } }
  for _, case in ipairs(crops) do
    t.equal(message_of(function() train { augment = { crop = case[1] } } end),
      "'crop' of nj.trainer's augment must be " .. case[2])
  end
  -- Either alone is enough, and only then the samples are looked at.
  for _, augment in ipairs { { crop = 1 }, { flip = true } } do
    t.equal(message_of(function() train { augment = augment } end), "only images (height, width, channels) can be "
      .. "cropped and flipped: a sample of data set 'tensors' has shape (3)")
  end
  t.equal(message_of(function() train { augment = { flip = false } } end), "")
  t.equal(message_of(function() train { augment = { flip = 1 } } end),
    "'flip' of nj.trainer's augment must be true or false, got 1")
end)

test("what is the trainer's is told to be so where fit is given it", function(t)
  local trainer = nj.trainer { model = nj.nn.linear(3, 2), loss = nj.losses.cce {}, optimizer = nj.optim.sgd {},
    learning_rate = 0.1 }
  for _, name in ipairs { "batch_size", "ledger", "metrics", "seed", "average", "on_epoch", "learning_rate" } do
    t.equal(message_of(function() trainer:fit(data, { epochs = 1, [name] = 1 }) end), "trainer:fit has no option '"
      .. name .. "': it is the trainer's, as in nj.trainer { " .. name .. " = ... }")
  end
  t.equal(message_of(function() trainer:fit(data, { epochs = 1, lr = 1 }) end), "trainer:fit has no option 'lr': it is "
    .. "the trainer's, as in nj.trainer { learning_rate = 0.1 }")
end)

test("a limit of gradients is above 0", function(t)
  for _, kind in ipairs { "norm", "value" } do
    local start = "parameter 'limit' of clip '" .. kind .. "' "
    for _, case in ipairs { { 0, "must be above 0, got 0" }, { -1, "must be above 0, got -1" },
      { 0 / 0, "is not a number (nan)" }, { "1", "must be a number, got a string" } } do
      t.equal(message_of(function() train { clip = { [kind] = case[1] } } end), start .. case[2])
    end
    for _, value in ipairs { 1e-3, 1, math.huge } do
      t.equal(message_of(function() train { clip = { [kind] = value } } end), "")
    end
  end
end)

-- What a loss that asks for a view sees of the difference to its batch, step by step.
local function differences(augment)
  local seen = {}
  local looking = nj.loss {
    name = "looking", needs = { views = 1, model = true },
    forward = function(_, z, labels, batch)
      if batch.training then
        seen[#seen + 1] = (batch.views[1] - batch.inputs):abs():sum():item()
      end
      return -z:log_softmax():pick(labels)
    end,
  }
  local images = nj.data.from_tensors {
    inputs = nj.randn({ 8, 6, 6, 1 }, { seed = 1 }), labels = nj.arange(8):int() % 2 + 1, classes = 2,
  }
  nj.trainer {
    model = nj.models.mlp { inputs = 36, hidden = {}, classes = 2 }, loss = looking {}, optimizer = nj.optim.sgd {},
    learning_rate = 0.1, batch_size = 4, augment = augment,
  }:fit(images, { epochs = 2 })
  return seen
end

test("crop and flip make views that differ from the batch, and from step to step", function(t)
  local one = differences { crop = 2, flip = true }
  t.equal(#one, 4)
  for i = 1, 4 do
    t.ok(one[i] > 1, "step " .. i)
  end
  t.ok(one[1] ~= one[3])
  -- The same seed gives the same views.
  t.equal(differences { crop = 2, flip = true }, one)
end)

test("without a change of inputs there is no other view", function(t)
  t.error_with(function() differences(nil) end, "the loss asks for another view of its inputs, and nothing makes one: "
    .. "give the trainer augment = { crop = 4, flip = true } for images, or augment = function(inputs) ... end, which "
    .. "returns inputs changed at random")
end)
