-- What surrounds an optimizer in the trainer: groups, clipping, accumulation, averages of weights.
local nj = require "nightjar"
local test = require "nightjar.test"

local file = "plugins/optimizers/tests/updates.lua"
local inputs = nj.randn({ 12, 3 }, { seed = 5 })
local labels = nj.tensor({ 1, 2, 1, 2, 2, 1, 1, 2, 2, 1, 2, 1 }, { dtype = "int32" })
local data = nj.data.from_tensors { name = "twelve", inputs = inputs, labels = labels, classes = 2 }

local function model()
  local made = nj.nn.sequential {
    nj.nn.linear(3, 4, { dtype = "float64" }), nj.nn.tanh(), nj.nn.linear(4, 2, { dtype = "float64" }),
  }
  made:initialize(3)
  return made
end

-- Trains and gives the model with its first weights.
local function train(options, epochs)
  local m = model()
  local before = m:parameters()
  options.model, options.loss = m, nj.losses.cce {}
  options.optimizer = options.optimizer or nj.optim.sgd {}
  options.learning_rate = options.learning_rate or 0.5
  options.batch_size = options.batch_size or 12
  local trainer = nj.trainer(options)
  local records = trainer:fit(data, { epochs = epochs or 1 })
  return m:parameters(), before, trainer, records
end

-- Gradients of the mean loss on all twelve, by path.
local function gradients(w)
  return nj.grad(function(v)
    local hidden = (inputs:double():matmul(v["layers.1.weight"]) + v["layers.1.bias"]):tanh()
    local logits = hidden:matmul(v["layers.3.weight"]) + v["layers.3.bias"]
    return -logits:log_softmax():pick(labels):mean()
  end, w)
end

local function norm(tensors)
  local total = 0
  for _, t in pairs(tensors) do
    total = total + t:square():sum():item()
  end
  return math.sqrt(total)
end

local function each(t, w, expected, tolerance)
  for path, value in pairs(w) do
    t.near(value, expected(path):totable(), tolerance or 1e-12)
  end
end

test("gradients are clipped by their common norm", function(t)
  local w, before = train { clip = { norm = 0.01 } }
  local g = gradients(before)
  local scale = 0.01 / (norm(g) + 1e-6)
  t.ok(scale < 1)
  each(t, w, function(path) return before[path] - 0.5 * scale * g[path] end)
end)

test("a norm below the limit changes nothing", function(t)
  local w, before = train { clip = nj.clips.norm { limit = 1e6 } }
  local g = gradients(before)
  each(t, w, function(path) return before[path] - 0.5 * g[path] end)
end)

test("entries of gradients are clipped by value", function(t)
  local w, before = train { clip = { value = 0.02 } }
  local g = gradients(before)
  each(t, w, function(path) return before[path] - 0.5 * g[path]:clamp(-0.02, 0.02) end)
end)

test("a clip of one's own sees every gradient", function(t)
  local sign = nj.clip {
    name = "sign",
    apply = function(_, g)
      return g:sign()
    end,
  }
  local w, before = train { clip = sign {} }
  local g = gradients(before)
  each(t, w, function(path) return before[path] - 0.5 * g[path]:sign() end)
end)

test("groups have settings and rates of their own", function(t)
  local w, before = train {
    optimizer = nj.optim.sgd { weight_decay = 0.1 },
    groups = {
      { match = "bias$", weight_decay = 0, learning_rate_scale = 2 },
      { match = { "^layers%.3%." }, optimizer = nj.optim.sgd {} },
    },
  }
  local g = gradients(before)
  each(t, w, function(path)
    if path:find("bias$") then
      return before[path] - 1.0 * g[path]
    elseif path == "layers.3.weight" then
      return before[path] - 0.5 * g[path]
    end
    return before[path] - 0.5 * (g[path] + 0.1 * before[path])
  end)
end)

test("frozen parameters stay as they are", function(t)
  local w, before = train { groups = { { match = function(path) return path:find("layers.1", 1, true) end,
    freeze = true } } }
  t.equal(w["layers.1.weight"], before["layers.1.weight"]:totable())
  t.ok(w["layers.3.weight"]:ne(before["layers.3.weight"]):all():item())
end)

test("batches that make one step give the gradient of one large batch", function(t)
  local large = train({ batch_size = 12 }, 2)
  -- Three batches of 5, 5 and 2 samples, in any order.
  local small, _, _, records = train({ batch_size = 5, accumulate = 3 }, 2)
  each(t, small, function(path) return large[path] end)
  t.equal({ records[1].step, records[2].step }, { 1, 2 })
  -- Steps of 2 and 1 batches.
  local _, _, _, uneven = train({ batch_size = 5, accumulate = 2 }, 2)
  t.equal({ uneven[1].step, uneven[2].step }, { 2, 4 })
end)

test("accumulation goes with momentum, clipping and averages", function(t)
  local function parts(options)
    options.optimizer, options.clip = nj.optim.adam {}, { norm = 0.05 }
    options.average, options.learning_rate = nj.ema { decay = 0.5 }, 0.01
    return options
  end
  local large, _, one = train(parts { batch_size = 12 }, 4)
  local small, _, other = train(parts { batch_size = 4, accumulate = 3 }, 4)
  each(t, small, function(path) return large[path] end, 1e-9)
  each(t, other:averages(), function(path) return one:averages()[path] end, 1e-9)
end)

test("the moving average follows the weights and judges the model", function(t)
  local seen = {}
  local m = model()
  local first = m:parameters()
  local trainer = nj.trainer {
    model = m, loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.5, batch_size = 12,
    average = nj.ema { decay = 0.75, warmup = false },
    on_step = function()
      seen[#seen + 1] = m:parameters()
    end,
  }
  local records = trainer:fit(data, { epochs = 3 })
  local average = {}
  for path, start in pairs(first) do
    average[path] = start
    for _, w in ipairs(seen) do
      average[path] = 0.75 * average[path] + 0.25 * w[path]
    end
  end
  each(t, trainer:averages(), function(path) return average[path] end)
  -- The model itself goes on with its own weights.
  each(t, m:parameters(), function(path) return seen[3][path] end, 0)
  local judged = model()
  judged:load(trainer:averages())
  local loss = nj.losses.cce {}(judged(inputs:double()), labels):mean():item()
  t.near(records[3].loss, loss, 1e-12)
end)

test("the mean counts every step from one on", function(t)
  local seen = {}
  local m = model()
  local trainer = nj.trainer {
    model = m, loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.5, batch_size = 12,
    average = nj.averages.mean { from = 2 },
    on_step = function()
      seen[#seen + 1] = m:parameters()
    end,
  }
  trainer:fit(data, { epochs = 4 })
  each(t, trainer:averages(), function(path) return (seen[2][path] + seen[3][path] + seen[4][path]) / 3 end)
end)

test("a warm-up lets the first steps count more", function(t)
  local ema = nj.ema { decay = 0.9 }
  local zero, one = nj.tensor(0), nj.tensor(1)
  t.near(ema:next(zero, one, 1):item(), 1 - 2 / 11, 1e-6)
  t.near(ema:next(zero, one, 1000):item(), 0.1, 1e-6)
end)

-- ---- Mistakes -------------------------------------------------------------------------------------------------------

local function make(options)
  return function()
    options.model, options.loss = model(), nj.losses.cce {}
    options.optimizer, options.learning_rate = nj.optim.sgd {}, 0.1
    nj.trainer(options)
  end
end

test("groups that match nothing, or hold unknown fields, are named", function(t)
  t.error(make { groups = { { match = "biass$" } } },
    file .. ":190: group 1 of nj.trainer matches no parameter that is left\n"
    .. "  parameters are layers.1.weight, layers.1.bias, layers.3.weight, layers.3.bias")
  t.error_with(make { groups = { { match = "bias$", weight_decya = 0 } } },
    "group 1 of nj.trainer has no field 'weight_decya': did you mean 'weight_decay'?\n"
    .. "  fields are match, freeze, learning_rate_scale, optimizer, dampening, momentum, nesterov, weight_decay")
  t.error_with(make { groups = { { weight_decay = 0 } } },
    "group 1 of nj.trainer needs 'match': a Lua pattern on paths such as \"bias$\", a list of them, or a "
    .. "function(path)")
  t.error_with(make { groups = { { match = "bias$", weight_decay = -1 } } },
    "parameter 'weight_decay' of optimizer 'sgd' must be at least 0, got -1")
end)

test("what other tools say to the trainer is answered with where it belongs", function(t)
  t.error_with(make { class_weights = { 1, 2 } }, "nj.trainer has no field 'class_weights': weigh the loss: write "
    .. "loss = nj.weighted(nj.losses.cce {}, { classes = { 1, 5 } })")
  t.error_with(make { sample_weight = nj.ones(12) }, "nj.trainer has no field 'sample_weight': weigh the loss: write "
    .. "loss = nj.weighted(nj.losses.cce {}, { samples = nj.ones(2) })")
  t.error_with(make { ema = 0.9 }, "nj.trainer has no field 'ema': write average = nj.ema { decay = 0.999 }")
  t.error_with(make { momentum = 0.9 }, "nj.trainer has no field 'momentum': it is the optimizer's: write "
    .. "optimizer = nj.optim.sgd { momentum = 0.9, weight_decay = 1e-4 }")
  t.error_with(make { max_norm = 1 }, "nj.trainer has no field 'max_norm': write clip = { norm = 1 }")
  t.error_with(make { epochs = 3 },
    "nj.trainer has no field 'epochs': it is said to fit: write trainer:fit(data, { epochs = 1 })")
end)

test("other mistakes are named", function(t)
  t.error_with(make { clip = { nrom = 1 } }, "there is no clip 'nrom': did you mean 'norm'?")
  t.error_with(make { clip = 3 }, "'clip' of nj.trainer is { norm = 1 }, { value = 0.5 } or an object such as "
    .. "nj.clips.norm { limit = 1 }, got 3")
  t.error_with(make { average = 0.9 },
    "'average' of nj.trainer is an object such as nj.ema { decay = 0.999 }, got 0.9")
  t.error_with(make { average = nj.optim.sgd {} },
    "'average' of nj.trainer is an object such as nj.ema { decay = 0.999 }, got optimizer 'sgd'")
  local clip = "'clip' of nj.trainer is { norm = 1 }, { value = 0.5 } or an object such as nj.clips.norm { limit = 1 }"
    .. ", got "
  t.error_with(make { clip = {} }, clip .. "an empty table")
  t.error_with(make { clip = { 1 } }, clip .. "a list")
  t.error_with(make { clip = { norm = 1, value = 2 } }, clip .. "a table of several fields: it takes one clip")
  t.error_with(make { clip = nj.clips.norm },
    clip .. "the definition of clip 'norm': call it with its parameters first, as in norm {}")
  t.error_with(function() nj.trainer { model = nj.models.mlp } end,
    "'model' of nj.trainer must be a layer or a model, got a model's definition: call it with its parameters")
  t.error_with(make { accumulate = 0 }, "'accumulate' of nj.trainer must be at least 1, got 0")
  local _, _, trainer = train {}
  t.error_with(function() trainer:averages() end,
    "this trainer averages no weights: give it average = nj.ema { decay = 0.999 }")
  local bad = nj.clip { name = "bad", measure = function(_, g) return g end, apply = function(_, g) return g end }
  t.error_with(function() train { clip = bad {} } end,
    "'bad' must make a single float number of a gradient, got float64 of shape (3, 4): reduce it, for example with "
    .. ":sum()")
end)

test("the norm of large and small gradients neither overflows nor vanishes", function(t)
  for _, dtype in ipairs { "float32", "float64" } do
    local sizes = dtype == "float32" and { 1e20, 1e38, 1e-3 } or { 1e20, 1e200, 1e-3 }
    for _, size in ipairs(sizes) do
      local clip, g = nj.clips.norm { limit = 1 }, nj.tensor({ 0.3 * size, -0.4 * size }, { dtype = dtype })
      local clipped = clip:clipped(g, clip:total(clip:part(g)):to(dtype))
      local expected = size > 2 and { 0.6, -0.8 } or { 0.3 * size, -0.4 * size }
      t.near(clipped, expected, size > 2 and 1e-6 or 1e-9)
    end
  end
end)

test("a step by hand is given what fits together", function(t)
  local sgd, w = nj.optim.sgd {}, nj.tensor { 1, 2 }
  local function message_of(g, state)
    local fine, message = pcall(function() return sgd:step(w, g, state or sgd:start(w), 0.1, 1) end)
    return fine and "" or message:match("^plugins/optimizers/tests/updates.lua:%d+: (.*)$") or message
  end
  t.equal(message_of(nj.tensor { 0.5 }),
    "a step of optimizer 'sgd' got a gradient of shape (1) for a parameter of shape (2)")
  t.equal(message_of(nj.ones(2, { dtype = "float64" })),
    "a step of optimizer 'sgd' got a gradient of float64 for a parameter of float32")
  t.equal(message_of(0.5),
    "a step of optimizer 'sgd' expects a parameter and its gradient, two tensors, got a tensor and 0.5")
  t.equal(message_of(w, 7),
    "a step of optimizer 'sgd' expects its state, which optimizer:start(w) gives, got 7")
end)

test("what a rule remembers starts by hand as in a training", function(t)
  local rule = nj.optimizer {
    name = "x", state = { a = "zeros", b = "ones", c = "weights", d = 0.5 }, update = function(_, w) return w end,
  } {}
  local state = rule:start(nj.tensor { { 3, 4 } })
  t.equal({ state.a:totable(), state.b:totable(), state.c:totable(), state.d:totable() },
    { { { 0, 0 } }, { { 1, 1 } }, { { 3, 4 } }, { { 0.5, 0.5 } } })
end)
