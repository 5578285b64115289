-- Metrics, scores and detections against numbers of NumPy, scikit-learn and cleanlab (data/golden.py).
local nj = require "nightjar"
local test = require "nightjar.test"
local golden = require "data/golden.lua"

local function int(values)
  return nj.tensor(values, { dtype = "int32" })
end

local function double(values)
  return nj.tensor(values, { dtype = "float64" })
end

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^plugins/metrics/[%w_/]*%.lua:%d+: (.*)$") or message
end

-- What an evaluation saw, anew: metrics mark what they get.
local function seen(more)
  local evaluation = { kind = "classes", classes = 4, labels = int(golden.given), true_labels = int(golden.truth),
    logits = double(golden.logits), losses = double(golden.losses), predictions = int(golden.predicted) }
  for name, value in pairs(more or {}) do
    evaluation[name] = value
  end
  return evaluation
end

local function near(t, value, expected, tolerance)
  t.near(nj.is_tensor(value) and value:totable() or value, expected, tolerance or 1e-10)
end

for name, expected in pairs(golden.against_given) do
  test(name .. " is that of an independent script, against given and against true labels", function(t)
    near(t, nj.metrics[name] {} (seen()), expected)
    near(t, nj.metrics[name] { against = "true" } (seen()), golden.against_true[name])
  end)
end

for _, on in ipairs { "all", "clean", "wrong" } do
  for name, expected in pairs(golden["on_" .. on]) do
    test(name .. " is that of an independent script, on " .. on .. " labels", function(t)
      local parameters = { on = on, threshold = name == "confident" and 0.7 or nil }
      near(t, nj.metrics[name](parameters)(seen()), expected)
    end)
  end
end

test("labels that are left out do not count", function(t)
  local keep, evaluation = {}, seen()
  for i = 1, 60 do
    keep[i] = i <= 40
  end
  for _, name in ipairs { "ece", "ece_adaptive", "brier", "nll", "accuracy", "entropy", "margin", "auroc" } do
    local part = {}
    for field, value in pairs(evaluation) do
      part[field] = nj.is_tensor(value) and value:narrow(1, 1, 40) or value
    end
    near(t, nj.metrics[name] {} (seen { keep = nj.tensor(keep, { dtype = "bool" }) }), nj.metrics[name] {} (part))
  end
  local by_sample = nj.metrics.el2n {} (seen { keep = nj.tensor(keep, { dtype = "bool" }) }):totable()
  near(t, by_sample[40], golden.scores.el2n[40])
  t.ok(by_sample[41] ~= by_sample[41], "nan")
end)

test("without true labels, or without samples, there is no value", function(t)
  for _, name in ipairs { "auroc", "learnt_transition", "transition_distance", "memorization_excess" } do
    local unknown = seen()
    unknown.true_labels = nil
    t.equal(nj.metrics[name] {} (unknown), nil)
  end
  t.equal(nj.metrics.accuracy { on = "wrong" } (seen { labels = int(golden.truth) }), nil)
  t.equal(nj.metrics.accuracy { of = "test" } (seen()), nil)
  t.equal(message_of(function() nj.metrics.ece {} (seen { kind = "soft" }) end),
    "metric 'ece' is for labels that are one class a sample")
end)

test("another set of samples has labels and logits of its own", function(t)
  local set = seen()
  near(t, nj.metrics.nll { of = "test" } { kind = "classes", test = set }, golden.against_given.nll)
  near(t, nj.metrics.generalization_gap {} (seen { test = { labels = int { 1, 2 }, predictions = int { 1, 1 } } }),
    golden.against_given.accuracy - 50)
end)

test("memorization beyond a baseline is what is left of it", function(t)
  near(t, nj.metrics.memorization_excess {} (seen()), golden.memorized)
  near(t, nj.metrics.memorization_excess { baseline = 10 } (seen()), (golden.memorized - 10) / 0.9)
end)

test("the learnt transition matrix is the confusion matrix of scikit-learn", function(t)
  near(t, nj.metrics.learnt_transition {} (seen()), golden.learnt)
  near(t, nj.metrics.learnt_transition { soft = true } (seen()), golden.learnt_soft)
  near(t, nj.metrics.transition_distance {} (seen()), golden.distance)
  near(t, nj.metrics.transition_distance { to = "identity" } (seen()), golden.distance_identity)
end)

test("scores of labels are cleanlab's, turned round", function(t)
  for _, name in ipairs { "normalized_margin", "weighted_entropy", "el2n" } do
    near(t, nj.metrics[name] {} (seen()), golden.scores[name])
  end
end)

for name, expected in pairs(golden.found) do
  test("wrong labels are found by " .. name .. " as scikit-learn says", function(t)
    for _, metric in ipairs { "auroc", "average_precision" } do
      near(t, nj.metrics[metric] { score = name } (seen()), expected[metric])
    end
    near(t, nj.metrics.recall_at_precision { score = name, precision = 0.6 } (seen()), expected.recall_at_precision)
  end)
end

test("equal scores count together", function(t)
  local wrong = int(golden.given):ne(int(golden.truth))
  for name, expected in pairs(golden.found_tied) do
    local parameters = name == "recall_at_precision" and { precision = 0.6 } or {}
    near(t, nj.detections[name](parameters)(double(golden.tied), wrong), expected)
  end
  near(t, nj.detections.precision_at_wrong {} (double(golden.tied), wrong), golden.precision_at_wrong_tied)
  near(t, nj.metrics.precision_at_wrong {} (seen()), golden.precision_at_wrong)
  t.equal(nj.detections.auroc {} (nj.ones(4), nj.tensor({ true, false, true, false }, { dtype = "bool" })), 0.5)
  t.equal(nj.detections.auroc {} (nj.ones(2), nj.tensor({ true, true }, { dtype = "bool" })), nil)
end)

local function history()
  local past = {}
  for name, values in pairs(golden.history) do
    past[name] = name == "labels" and int(values) or double(values)
  end
  return past
end

for name, expected in pairs(golden.history_scores) do
  test("score " .. name .. " is that of an independent script", function(t)
    near(t, nj.scores[name](name == "el2n" and { epochs = 5 } or {})(history()), expected)
  end)
end

test("a score finds wrong labels of a history by the end that is suspicious", function(t)
  local past = history()
  past.true_labels = past.labels % 3 + 1
  past.true_labels = nj.where(past.margin:mean(1):lt(0), past.true_labels, past.labels):int()
  t.equal(nj.detections.auroc {} (nj.scores.aum {}, past), 1)
  t.equal(nj.detections.precision_at_wrong {} (nj.scores.aum {}, past), 1)
  t.equal(message_of(function() nj.detections.auroc {} (3, 4) end), "detection 'auroc' takes scores and a mask of "
    .. "the wrong labels, two tensors of one entry a sample; or a score such as nj.scores.aum {} and a run")
  t.equal(message_of(function() nj.scores.el2n {} { margin = past.margin } end),
    "score 'el2n' needs 'el2n' of each epoch and sample, and there are margin")
  t.equal(message_of(function() nj.scores.aum {} { margin = nj.ones(3) } end),
    "score 'aum': 'margin' must have shape (epochs, samples), got (3)")
end)

test("the Gini coefficient is half the mean difference over the mean", function(t)
  near(t, nj.summaries.gini {} (history()), golden.gini)
  local past = history()
  past.input_gradient = past.input_gradient * 0 + 2
  near(t, nj.summaries.gini {} (past), 0)
end)

-- ---- A linear model -------------------------------------------------------------------------------------------------

local function linear()
  local model = nj.nn.sequential { nj.nn.identity(), nj.nn.linear(6, 4, { dtype = "float64" }) }
  model:load { ["layers.2.weight"] = double(golden.w), ["layers.2.bias"] = double(golden.b) }
  return model
end

local function modelled()
  return seen { model = linear(), inputs = double(golden.x), step = 3 }
end

for on, expected in pairs(golden.gradient_norms) do
  test("the gradient's norm on " .. on .. " labels is that of an independent script, however batches are cut",
    function(t)
      near(t, nj.metrics.gradient_norm_of { on = on } (modelled()), expected)
      near(t, nj.metrics.gradient_norm_of { on = on, batch = 7 } (modelled()), expected)
    end)
end

test("gradients of losses with respect to inputs are those of an independent script", function(t)
  near(t, nj.metrics.input_gradient {} (modelled()), golden.input_gradients)
  near(t, nj.metrics.input_gradient { batch = 11 } (modelled()), golden.input_gradients)
  near(t, nj.metrics.sensitivity_gini {} (modelled()), golden.sensitivity_gini)
  local mae = nj.metrics.input_gradient { loss = nj.losses.unhinged {} } (modelled())
  local expected = nj.grad(function(x)
    return nj.losses.unhinged {} (linear():forward(x), int(golden.given)):sum()
  end, double(golden.x))
  near(t, mae, expected:abs():sum(-1):totable())
end)

test("curvatures are lengths of second derivatives along the directions drawn", function(t)
  local x, w = double(golden.x), double(golden.w)
  local p = (x:matmul(w) + double(golden.b)):softmax(-1)
  local sum = 0
  for n = 1, 3 do
    local draws = nj.random_stream(0, "curvature"):derive("direction " .. n):uniform(60 * 6)
    local v = nj.where(draws:lt(0.5), 1, -1):reshape(60, 6):double()
    -- The second derivatives of cross-entropy in the logits are diag(p) - p p'.
    local u = v:matmul(w)
    local change = (p * u - p * (p * u):sum(-1, { keep = true })):matmul(w, { transpose_b = true })
    sum = sum + change:square():sum(-1) / 3
  end
  near(t, nj.metrics.input_curvature { draws = 3, step = 1e-7 } (modelled()), sum:totable(), 1e-4)
  -- Batches do not matter.
  near(t, nj.metrics.input_curvature { draws = 3, step = 1e-7, batch = 7 } (modelled()), sum:totable(), 1e-4)
end)

test("at most so many samples are looked at, always the same", function(t)
  local few = nj.metrics.gradient_norm_of { most = 10 }
  local one, two = few(modelled()), few(modelled())
  t.equal(one, two)
  t.ok(one ~= nj.metrics.gradient_norm_of {} (modelled()))
end)

test("weights have a length, and a distance from the first ones", function(t)
  near(t, nj.metrics.weight_norm {} (modelled()), golden.weight_norm)
  local first = linear()
  near(t, nj.metrics.distance_from_init { from = first } (modelled()), 0)
  first:load { ["layers.2.weight"] = nj.zeros({ 6, 4 }, { dtype = "float64" }),
    ["layers.2.bias"] = nj.zeros({ 4 }, { dtype = "float64" }) }
  near(t, nj.metrics.distance_from_init { from = first } (modelled()), golden.weight_norm)
  t.equal(message_of(function() nj.metrics.distance_from_init { from = nj.nn.linear(2, 2) } (modelled()) end):match(
    "^metric 'distance_from_init': 'from' has no weights layers.2.%a+ of shape") ~= nil, true)
  t.error_with(function() return nj.metrics.distance_from_init { from = 3 } end, "metric 'distance_from_init': 'from' "
    .. "is a model with the first weights, for example nj.models.mlp { inputs = 64 } after model:initialize(seed)")
end)

test("the local intrinsic dimensionality is that of scikit-learn's neighbours", function(t)
  near(t, nj.metrics.lid { neighbours = 5 } (modelled()), golden.lid, 1e-8)
  near(t, nj.metrics.lid { neighbours = 5, layer = "layers.1" } (modelled()), golden.lid, 1e-8)
  t.error_with(function() return nj.metrics.lid { neighbours = 20, batch = 20 } end,
    "metric 'lid': 20 neighbours need a batch of more than as many samples, got 20")
end)

test("susceptibility is the fall of the loss by a step on random labels, and leaves the model as it was", function(t)
  local evaluation = modelled()
  local weights = evaluation.model:parameters()["layers.2.weight"]:totable()
  -- The labels that the metric draws, in the place of those of the script.
  local labels = nj.random_stream(0, "susceptibility"):integers(60, 1, 4)
  local model, x, rate = linear(), double(golden.x), 0.5
  local function loss(w, b)
    return -(x:matmul(w) + b):log_softmax(-1):pick(labels):mean()
  end
  local w, b = double(golden.w), double(golden.b)
  local gradients = nj.grad(function(p) return loss(p.w, p.b) end, { w = w, b = b })
  local expected = (loss(w, b) - loss(w - rate * gradients.w, b - rate * gradients.b)):item()
  near(t, nj.metrics.susceptibility { learning_rate = rate } (evaluation), expected)
  t.equal(model:parameters()["layers.2.weight"], weights)
  t.ok(expected > 0)
end)

test("critical samples of two linear classes are those whose box reaches the other side", function(t)
  local model = nj.nn.linear(6, 2, { dtype = "float64" })
  local w, b = double(golden.w):narrow(2, 1, 2), double(golden.b):narrow(1, 1, 2)
  model:load { weight = w:copy(), bias = b:copy() }
  local function evaluation()
    return { kind = "classes", model = model, step = 1, test = { inputs = double(golden.x),
      labels = int(golden.given) } }
  end
  local metric = nj.metrics.critical_sample_ratio { radius = 0.3, step = 0.1, noise = 0, least_new = 1 }
  -- The range of the data cuts boxes as well, of samples at its ends alone.
  near(t, metric(evaluation()), golden.critical, 1.01 / 60)
  t.equal(nj.metrics.critical_sample_ratio { radius = 0, noise = 0 } (evaluation()), 0)
end)
