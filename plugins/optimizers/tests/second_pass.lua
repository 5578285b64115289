-- Optimizers that take the gradient at other weights, in the trainer: one step has two passes over the same batch.
local nj = require "nightjar"
local test = require "nightjar.test"

local inputs = nj.randn({ 12, 3 }, { seed = 5 })
local labels = nj.tensor({ 1, 2, 1, 2, 2, 1, 1, 2, 2, 1, 2, 1 }, { dtype = "int32" })
local data = nj.data.from_tensors { name = "twelve", inputs = inputs, labels = labels, classes = 2 }

local function linear(from, to)
  return nj.nn.linear(from, to, { dtype = "float64" })
end

local function small()
  return nj.nn.sequential { linear(3, 4), nj.nn.tanh(), linear(4, 2) }
end

local function busy()
  return nj.nn.sequential {
    linear(3, 8), nj.nn.batch_norm(8, { dtype = "float64" }), nj.nn.relu(), nj.nn.dropout(0.5), linear(8, 2),
  }
end

local function train(make, optimizer, options)
  local model = make()
  model:initialize(3)
  local before = model:parameters()
  local given = { model = model, loss = nj.losses.cce {}, optimizer = optimizer, learning_rate = 0.5, batch_size = 12 }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  local epochs = given.epochs or 1
  given.epochs = nil
  local records = nj.trainer(given):fit(data, { epochs = epochs })
  return model, before, records, given.loss
end

local function gradients(w)
  return nj.grad(function(v)
    local hidden = (inputs:double():matmul(v["layers.1.weight"]) + v["layers.1.bias"]):tanh()
    local logits = hidden:matmul(v["layers.3.weight"]) + v["layers.3.bias"]
    return -logits:log_softmax():pick(labels):mean()
  end, w)
end

for _, adaptive in ipairs { false, true } do
  test("SAM's step has the gradient at w + e, adaptive = " .. tostring(adaptive), function(t)
    local model, before = train(small, nj.optim.sam { optimizer = nj.optim.sgd {}, rho = 0.3, adaptive = adaptive })
    local g, total = gradients(before), 0
    for path, value in pairs(g) do
      total = total + (adaptive and before[path]:abs() * value or value):square():sum():item()
    end
    local moved = {}
    for path, value in pairs(g) do
      local way = adaptive and before[path]:square() * value or value
      moved[path] = before[path] + way * (0.3 / (math.sqrt(total) + 1e-12))
    end
    local second = gradients(moved)
    for path, value in pairs(model:parameters()) do
      t.near(value, before[path] - 0.5 * second[path], 1e-12)
    end
  end)
end

test("only the parameters of groups that look ahead are moved for the second pass", function(t)
  local model, before = train(small, nj.optim.sam { optimizer = nj.optim.sgd {}, rho = 0.3 }, {
    groups = { { match = "bias$", optimizer = nj.optim.sgd {} } },
  })
  local g, total, moved = gradients(before), 0, {}
  for path, value in pairs(g) do
    total = total + (path:find("bias") and 0 or value:square():sum():item())
  end
  for path, value in pairs(g) do
    moved[path] = path:find("bias") and before[path] or before[path] + value * (0.3 / (math.sqrt(total) + 1e-12))
  end
  local second = gradients(moved)
  for path, value in pairs(model:parameters()) do
    t.near(value, before[path] - 0.5 * second[path], 1e-12)
  end
end)

-- With no way to go, both passes see the same weights: everything that is remembered or drawn must be as without.
test("running statistics, draws and the loss's state are those of one pass", function(t)
  local noisy = nj.loss {
    name = "noisy",
    state = { seen = { "samples" } },
    forward = function(self, logits, given, batch)
      self.seen = self.seen:scatter_add(1, batch.indices, nj.ones({ batch.count }, { dtype = "float64" }))
      return -logits:log_softmax():pick(given) + nj.rand({ batch.count },
        { dtype = "float64" }) * logits:square():sum(-1)
    end,
  }
  local sgd = nj.optim.sgd { momentum = 0.9 }
  local options = { batch_size = 5, epochs = 3, loss = noisy {} }
  nj.manual_seed(4)
  local plain, _, plain_records, plain_loss = train(busy, sgd, options)
  nj.manual_seed(4)
  options.loss = noisy {}
  local twice, _, records, loss = train(busy, nj.optim.sam { optimizer = sgd, rho = 0 }, options)
  for path, value in pairs(plain:parameters()) do
    t.equal(twice:parameters()[path], value)
  end
  t.equal(twice(inputs:double()), plain(inputs:double()))
  t.equal(records, plain_records)
  t.equal(loss.seen, plain_loss.seen)
end)

test("two passes, and steps that may be left out, are the same planned and one operation at a time", function(t)
  local function trained()
    return train(busy, nj.optim.sam { optimizer = nj.optim.adamw {}, rho = 0.2, adaptive = true }, {
      batch_size = 5, accumulate = 2, epochs = 2, bad_gradients = "skip", gradient_norm = true, learning_rate = 0.01,
      clip = { norm = 1 }, average = nj.ema {},
    })
  end
  local planned, _, records = trained()
  nj.eager(true)
  local fine, eager, _, others = pcall(trained)
  nj.eager(false)
  t.ok(fine, eager)
  for path, value in pairs(planned:parameters()) do
    t.near(eager:parameters()[path], value, 1e-9)
  end
  t.near(others[2].gradient_norm, records[2].gradient_norm, 1e-9)
end)

test("what perturb and measure return is looked at", function(t)
  local function made(fields)
    fields.name = "odd"
    fields.update = function(_, w) return w end
    return nj.optimizer(fields) {}
  end
  t.error_with(function() train(small, made { perturb = function() end }) end,
    "perturb of optimizer 'odd' must return weights, it returned nothing: did it forget 'return'?")
  t.error_with(function() train(small, made { perturb = function(_, w) return w:sum() end }) end,
    "optimizer 'odd' returned perturbed weights of shape () and type float64 for parameter 'layers.1.weight', expected "
      .. "(3, 4) and float64")
  t.error_with(function()
    train(small, made { measure = function(_, _, g) return g end, perturb = function(_, w) return w end })
  end, "measure of optimizer 'odd' must make a single float64 number of a parameter and its gradient, got float64 of "
    .. "shape (3, 4): reduce it, for example with :sum()")
end)

test("a state that a function starts is the same in a trainer as by hand", function(t)
  local made = nj.optimizer {
    name = "tripled", state = { own = function(_, w) return 3 * w end, two = 2 },
    update = function(_, w, g, s, lr)
      return w - lr * g + s.own * s.two
    end,
  }
  local model, before = train(small, made {})
  local g = gradients(before)
  for path, value in pairs(model:parameters()) do
    t.near(value, before[path] - 0.5 * g[path] + 6 * before[path], 1e-12)
  end
  local wrong = nj.optimizer {
    name = "wrong", state = { own = function() return nj.zeros(3) end }, update = function(_, w) return w end,
  }
  t.error_with(function() train(small, wrong {}) end, "state 'own' of optimizer 'wrong' must start as a tensor "
    .. "like the "
    .. "parameter, float64 of shape (")
end)

test("Lookahead in the trainer makes the steps that it makes by hand", function(t)
  local optimizer = nj.optim.lookahead { optimizer = nj.optim.sgd { momentum = 0.9 }, k = 3 }
  local model, before = train(small, optimizer, { epochs = 7 })
  local w, states = before, {}
  for path, value in pairs(w) do
    states[path] = optimizer:start(value)
  end
  for step = 1, 7 do
    local g, after = gradients(w), {}
    for path, value in pairs(w) do
      after[path], states[path] = optimizer:step(value, g[path], states[path], 0.5, step)
    end
    w = after
  end
  for path, value in pairs(model:parameters()) do
    t.near(value, w[path], 1e-12)
  end
end)

-- ---- The gradient's norm --------------------------------------------------------------------------------------------

test("the norm of all gradients is recorded before clipping", function(t)
  local norms = {}
  local _, before, records = train(small, nj.optim.sgd {}, {
    gradient_norm = true, clip = { norm = 1e-9 }, epochs = 2,
    on_step = function(step) norms[#norms + 1] = step.gradient_norm end,
  })
  local total = 0
  for _, value in pairs(gradients(before)) do
    total = total + value:square():sum():item()
  end
  t.near(records[1].gradient_norm, math.sqrt(total), 1e-12)
  t.equal({ records[1].gradient_norm, records[2].gradient_norm_max }, { norms[1], norms[2] })
end)

test("a norm is the same however many batches make a step", function(t)
  local _, _, large = train(small, nj.optim.sgd {}, { gradient_norm = true, learning_rate = 0 })
  local _, _, parts = train(small, nj.optim.sgd {}, { gradient_norm = true, batch_size = 5, accumulate = 3,
    learning_rate = 0 })
  t.near(parts[1].gradient_norm, large[1].gradient_norm, 1e-14)
end)

-- The gradient of the samples with these numbers is infinite, and their loss is not.
local function spoiled(bad)
  return nj.loss {
    name = "spoiled", state = { count = {} },
    forward = function(self, logits, given, batch)
      self.count = self.count + 1
      local at = batch.indices:eq(bad):double():reshape({ batch.count, 1 })
      -- The square root's slope at 0 is infinite.
      return -logits:log_softmax():pick(given) + (logits * 0 * at + 1 - at):sqrt():sum(-1)
    end,
  } {}
end

test("a step whose gradients are not finite can be left out, and is counted", function(t)
  local loss, seen = spoiled(3), {}
  local model, before, records = train(busy, nj.optim.sgd { momentum = 0.9 }, {
    loss = loss, batch_size = 4, bad_gradients = "skip", epochs = 2, gradient_norm = true,
    on_step = function(step) seen[#seen + 1] = step.skipped or false end,
  })
  t.equal({ records[1].skipped_steps, records[2].skipped_steps, records[2].step }, { 1, 1, 6 })
  local skipped = 0
  for _, one in ipairs(seen) do
    skipped = skipped + (one and 1 or 0)
  end
  t.equal(skipped, 2)
  for path, value in pairs(model:parameters()) do
    t.ok(value:isfinite():all():item() and value:ne(before[path]):any():item(), path)
  end
  -- State of the loss is that of the steps that were made.
  t.equal(loss.count, 4)
  t.ok(records[2].gradient_norm < math.huge and records[2].train_loss_running < math.huge)
end)

test("leaving out does nothing to a training whose gradients are finite", function(t)
  local plain = train(busy, nj.optim.adam {}, { batch_size = 5, epochs = 2 })
  local watched = train(busy, nj.optim.adam {}, { batch_size = 5, epochs = 2, bad_gradients = "skip" })
  for path, value in pairs(plain:parameters()) do
    t.equal(watched:parameters()[path], value)
  end
end)

test("training can stop at gradients that are not finite, with the parameter named and the weights kept", function(t)
  local model = small()
  model:initialize(3)
  local before = model:parameters()
  t.error_with(function()
    nj.trainer {
      model = model, loss = spoiled(3), optimizer = nj.optim.sgd {}, learning_rate = 0.5, batch_size = 12,
      bad_gradients = "stop",
    }:fit(data, { epochs = 1 })
  end, "12 of 12 numbers in the gradient of parameter 'layers.1.weight' are not finite, in epoch 1 at step 1 (the "
    .. "loss is ")
  for path, value in pairs(model:parameters()) do
    t.equal(value, before[path])
  end
  t.error_with(function() train(small, nj.optim.sgd {}, { loss = spoiled(3), bad_gradients = "skip" }) end,
    "every step of epoch 1 was left out, because gradients were not finite: lower the learning rate, or say "
      .. "bad_gradients = \"stop\" to see the parameter")
  t.error_with(function() train(small, nj.optim.sgd {}, { bad_gradients = "ignore" }) end,
    "'bad_gradients' of nj.trainer is \"stop\" or \"skip\", got \"ignore\"")
end)
