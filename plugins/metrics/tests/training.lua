-- Metrics within a training, and what a run leaves.
local nj = require "nightjar"
local test = require "nightjar.test"

local data = nj.data.load("digits")
local noisy = data.train:first(200):with_labels(nj.noise.uniform { rate = 0.4 }, { seed = 1 })

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^plugins/metrics/tests/training.lua:%d+: (.*)$") or message
end

local function model()
  return nj.models.mlp { inputs = data.features, hidden = { 16 }, classes = data.classes }
end

local function fit(metrics, epochs, net)
  return nj.trainer { model = net or model(), loss = nj.losses.cce {}, optimizer = nj.optim.sgd { momentum = 0.9 },
    learning_rate = 0.1, batch_size = 32, seed = 1, metrics = metrics,
  }:fit(noisy, { test = data.test:first(100), epochs = epochs or 1 })
end

test("every metric of the plugin gives a number in a training, and the same number again", function(t)
  local first = model()
  first:initialize(3)
  local names, given = {}, { distance_from_init = { from = first }, exact_match = false, mean_iou = false,
    lid = { neighbours = 5 }, critical_sample_ratio = { radius = 0.5, step = 0.2, noise = 0.1, most = 50 } }
  local function list()
    local metrics = {}
    names = {}
    for name, make in pairs(nj.metrics) do
      if given[name] ~= false then
        metrics[#metrics + 1], names[#names + 1] = make(given[name] or {}), make(given[name] or {}).definition
      end
    end
    return metrics
  end
  local records = fit(list(), 2)
  local again = fit(list(), 2)
  t.ok(#names >= 30)
  for _, definition in ipairs(names) do
    local name = definition.name
    if definition.returns ~= "matrix" then
      for epoch = 1, 2 do
        local value = records[epoch][name]
        t.ok(type(value) == "number" and value == value, name .. " is " .. tostring(value))
        t.equal(again[epoch][name], value)
        if definition.range then
          t.ok(value >= definition.range[1] and value <= definition.range[2], name .. " is " .. value)
        end
      end
    end
  end
end)

test("metrics change nothing of a training", function(t)
  local plain, measured = model(), model()
  fit({}, 2, plain)
  fit({ "susceptibility", "gradient_norm_of", "input_gradient", "critical_sample_ratio", "lid" }, 2, measured)
  t.equal(measured:parameters()["layers.4.weight"], plain:parameters()["layers.4.weight"]:totable())
end)

test("running statistics stay as they are under metrics that run the model", function(t)
  local function net()
    return nj.nn.sequential { nj.nn.flatten(), nj.nn.linear(64, 8), nj.nn.batch_norm(8), nj.nn.relu(),
      nj.nn.linear(8, 10) }
  end
  local plain, measured = net(), net()
  fit({}, 1, plain)
  fit({ "susceptibility", "gradient_norm_of", "input_gradient", "critical_sample_ratio", "lid" }, 1, measured)
  for path, buffer in pairs(plain:buffers()) do
    t.equal(measured:buffers()[path], buffer:totable())
  end
end)

test("the numbers that every training has are those of the metrics", function(t)
  local record = fit({
    nj.metrics.accuracy { as = "given" }, nj.metrics.accuracy { as = "true_ones", against = "true" },
    nj.metrics.accuracy { as = "on_clean", on = "clean" }, nj.metrics.accuracy { as = "on_wrong", on = "wrong" },
    nj.metrics.accuracy { as = "tested", of = "test" }, nj.metrics.nll {}, "memorization_excess",
  })[1]
  t.near(record.given, record.j1, 1e-9)
  t.near(record.true_ones, record.j2, 1e-9)
  t.near(record.on_clean, record.fit_clean, 1e-9)
  t.near(record.on_wrong, record.memorized, 1e-9)
  t.near(record.tested, record.test_accuracy, 1e-9)
  t.near(record.nll, record.loss, 1e-6)
  t.near(record.memorization_excess, record.memorized, 1e-9)
end)

test("one metric twice needs a column of its own, which 'as' names", function(t)
  t.equal(message_of(function() fit { nj.metrics.ece {}, nj.metrics.ece { against = "true" } } end),
    "'metrics' of nj.trainer has two metrics called 'ece', and each is a column: give them names of their own, as in "
    .. "ece { as = \"ece_2\" }")
  local record = fit({ nj.metrics.ece {}, nj.metrics.ece { as = "ece_true", against = "true" } })[1]
  t.ok(record.ece ~= record.ece_true)
  t.equal(message_of(function() return nj.metrics.ece { as = "a b" } end), "'as' of metric 'ece' is a column of "
    .. "metrics.csv: letters, digits, '_', '-' and '.', with a letter, a digit or '_' in front, got \"a b\"")
  t.equal(message_of(function() fit { nj.metrics.ece { as = "j1" } } end), "'metrics' of nj.trainer: 'j1' is a column "
    .. "of every training already: give the metric another name")
end)

-- ---- Summaries of records -------------------------------------------------------------------------------------------

local function records_of(columns)
  local records = {}
  for name, values in pairs(columns) do
    for i, value in ipairs(values) do
      records[i] = records[i] or { epoch = i }
      records[i][name] = value
    end
  end
  return records
end

test("the flip epoch is the first at which J1 is above J2", function(t)
  local flip = nj.summaries.flip_epoch {}
  t.equal(flip(records_of { j1 = { 50, 60, 70, 80 }, j2 = { 70, 65, 70, 60 } }), 4)
  t.equal(flip(records_of { j1 = { 50, 60 }, j2 = { 70, 80 } }), nil)
  local late = { { epoch = 10, j1 = 50, j2 = 60 }, { epoch = 20, j1 = 61, j2 = 60 } }
  t.equal(flip(late), 20)
end)

test("the peak has a value, an epoch, and a way down from it", function(t)
  local records = records_of { j2 = { 70, 90, 90, 65 } }
  t.equal(nj.summaries.peak {} (records), 90)
  t.equal(nj.summaries.peak { gives = "epoch" } (records), 2)
  t.equal(nj.summaries.peak { gives = "drop" } (records), 25)
  t.equal(nj.summaries.peak { column = "test_accuracy" } (records), nil)
end)

test("the area under a curve is a mean over the epochs", function(t)
  t.near(nj.summaries.aulc {} (records_of { memorized = { 0, 10, 40 } }), (5 + 25) / 2, 1e-12)
  t.near(nj.summaries.aulc {} { { epoch = 1, memorized = 0 }, { epoch = 5, memorized = 8 } }, 4, 1e-12)
  t.equal(nj.summaries.aulc { column = "j2" } (records_of { j2 = { 30, 30, 30 } }), 30.0)
end)

test("levels are reached at an epoch, or not", function(t)
  local records = records_of { memorized = { 10, 49, 50, 95 }, j1 = { 50, 80, 99, 98 } }
  t.equal(nj.summaries.epochs_to {} (records), 3)
  t.equal(nj.summaries.epochs_to { level = 99 } (records), nil)
  t.equal(nj.summaries.epochs_to { column = "j1", level = 99 } (records), 3)
end)

test("means are over the last epochs that have a value", function(t)
  local records = { { test_accuracy = 10 }, { test_accuracy = 20 }, {}, { test_accuracy = 60 } }
  t.equal(nj.summaries.mean {} (records), 30.0)
  t.equal(nj.summaries.mean { last = 2 } (records), 40.0)
  t.equal(nj.summaries.mean { column = "j1" } (records), nil)
end)

test("resistance compares J2 of a noisy training with J1 of a clean one", function(t)
  local noisy_ones, clean = records_of { j2 = { 60, 90 } }, records_of { j1 = { 80, 96 } }
  t.equal(nj.summaries.resistance_gap {} (noisy_ones, clean), 6)
  t.near(nj.summaries.resistance_gap { gives = "ratio" } (noisy_ones, clean), 90 / 96, 1e-12)
end)

test("a published J1 bounds memorization from below", function(t)
  -- ResNet-32 with RLL at rate 0.2: J1 of 83.8.
  t.near(nj.summaries.memorized_bound { rate = 0.2 } (records_of { j1 = { 83.8 } }), 19, 1e-9)
  t.equal(nj.summaries.memorized_bound { rate = 0.4 } (records_of { j1 = { 58.9 } }), 0)
  t.error_with(function() nj.summaries.peak {} (3) end, "summary 'peak' takes what trainer:fit returns, or a run")
end)
