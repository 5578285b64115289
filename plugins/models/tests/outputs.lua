-- Models with several outputs, several models in one trainer, predictions in batches.
local nj = require "nightjar"
local test = require "nightjar.test"

local inputs = nj.randn({ 12, 3 }, { seed = 5 })
local labels = nj.tensor({ 1, 2, 1, 2, 2, 1, 1, 2, 2, 1, 2, 1 }, { dtype = "int32" })
local data = nj.data.from_tensors { name = "twelve", inputs = inputs, labels = labels, classes = 2 }

local two_heads = nj.layer {
  name = "two_heads",
  children = function()
    return { trunk = nj.nn.linear(3, 4), head = nj.nn.linear(4, 2), other = nj.nn.linear(4, 3) }
  end,
  forward = function(self, x)
    local features = self.trunk(x):tanh()
    return self.head(features), self.other(features), features
  end,
}

-- Cross-entropy of the logits and the size of another output.
local joint = nj.loss {
  name = "joint",
  forward = function(_, logits, given, batch)
    return -logits:log_softmax():pick(given) + 0.1 * batch.outputs[2]:square():sum(-1)
  end,
}

local function made(make)
  local model = make()
  model:initialize(3)
  return model
end

local function train(model, loss, options)
  local given = { model = model, loss = loss, optimizer = nj.optim.sgd {}, learning_rate = 0.5, batch_size = 12 }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  local trainer = nj.trainer(given)
  return trainer, trainer:fit(data, { epochs = 1 })
end

test("a loss gets all outputs of a model", function(t)
  local model = made(two_heads)
  local before = model:parameters()
  train(model, joint {})
  local g = nj.grad(function(v)
    local features = (inputs:matmul(v["trunk.weight"]) + v["trunk.bias"]):tanh()
    local logits = features:matmul(v["head.weight"]) + v["head.bias"]
    local other = features:matmul(v["other.weight"]) + v["other.bias"]
    return (-logits:log_softmax():pick(labels) + 0.1 * other:square():sum(-1)):mean()
  end, before)
  for path, value in pairs(model:parameters()) do
    t.near(value, before[path] - 0.5 * g[path], 1e-6)
  end
end)

test("a loss says how many outputs it needs", function(t)
  local loss = nj.loss {
    name = "two", needs = { outputs = 2 },
    forward = function(_, logits, given, batch) return -(logits + 0 * batch.outputs[2]):log_softmax():pick(given) end,
  }
  t.error_with(function() train(made(function() return nj.nn.sequential { nj.nn.linear(3, 2) } end), loss {}) end,
    "loss 'two' needs batch.outputs with 2 entries, and the model has 1 output: let its forward return as many "
      .. "tensors, or "
      .. "give the trainer several models")
  t.error_with(function() loss {}(nj.zeros(2, 2), nj.ones(2):int()) end,
    "loss 'two' needs batch.outputs with 2 entries: nj.trainer gives it")
end)

test("an output that is last in a sequence of layers is several as well", function(t)
  local model = made(function() return nj.nn.sequential { nj.nn.linear(3, 3), two_heads {} } end)
  local _, records = train(model, joint {})
  t.ok(records[1].loss < math.huge)
end)

test("the trainer says which output the metrics look at", function(t)
  local swapped = nj.layer {
    name = "swapped", children = function() return { inner = two_heads {} } end,
    forward = function(self, x)
      local logits, other = self.inner(x)
      return other, logits
    end,
  }
  local model = made(swapped)
  local cce = nj.loss { name = "plain", forward = function(_, logits,
    given) return -logits:log_softmax():pick(given) end }
  local _, records = train(model, cce {}, { logits = 2 })
  local predicted = model:predict(data, { as = "classes", output = 2 })
  t.near(records[1].j1, predicted:eq(labels):float():mean():item() * 100, 1e-4)
  t.error_with(function() train(made(swapped), cce {}) end,
    "the model must give one row of logits a sample and one column a class, shape (12, 2), got (12, 3)")
  t.error_with(function() train(made(swapped), cce {}, { logits = 3 }) end,
    "'logits' of nj.trainer is 3, and the model has 2 outputs")
  for _, output in ipairs { 0, -1, math.mininteger } do
    t.error_with(function() train(made(swapped), cce {}, { logits = output }) end,
      "'logits' of nj.trainer counts outputs from 1, got " .. output)
  end
  t.error_with(function() train(made(swapped), cce {}, { logits = 1.5 }) end,
    "'logits' of nj.trainer must be an integer, got 1.5")
end)

test("several models are trained in one trainer, each with its own weights", function(t)
  local function network() return nj.nn.sequential { nj.nn.linear(3, 2) } end
  local function cce(logits, given) return -logits:log_softmax():pick(given) end
  local both = nj.loss {
    name = "both",
    forward = function(_, _, given, batch) return cce(batch.outputs[1], given) + 3 * cce(batch.outputs[2], given) end,
  }
  local first, second = made(network), network()
  second:initialize(4)
  local before = { first:parameters(), second:parameters() }
  local trainer = train({ first, second }, both {}, { groups = { { match = "^models%.2%.",
    learning_rate_scale = 2 } } })
  for i, model in ipairs { first, second } do
    local g = nj.grad(function(v)
      return cce(inputs:matmul(v["layers.1.weight"]) + v["layers.1.bias"], labels):mean() * (i == 2 and 3 or 1)
    end, before[i])
    for path, value in pairs(model:parameters()) do
      t.near(value, before[i][path] - 0.5 * i * g[path], 1e-6)
    end
  end
  t.equal(trainer.model:layer_paths(), { "models.1", "models.1.layers.1", "models.2", "models.2.layers.1" })
  t.error_with(function() train({ first, 3 }, both {}) end,
    "entry 2 of 'model' of nj.trainer must be a layer or a model, got a number")
end)

test("predictions do not depend on how they are cut into batches", function(t)
  local model = made(function()
    return nj.nn.sequential { nj.nn.linear(3, 4), nj.nn.batch_norm(4), nj.nn.relu(), nj.nn.dropout(0.5),
      nj.nn.linear(4, 2) }
  end)
  local whole = model(inputs)
  for _, size in ipairs { 1, 5, 12, 100 } do
    t.near(model:predict(inputs, { batch_size = size }), whole, 1e-6)
    t.near(model:predict(data, { batch_size = size }), whole, 1e-6)
  end
  t.near(model:predict(inputs, { as = "probabilities", batch_size = 5 }), whole:softmax(-1), 1e-6)
  t.equal(model:predict(inputs, { as = "classes", batch_size = 5 }), whole:argmax(-1))
  -- Nothing is changed by it.
  t.equal(model(inputs), whole)
end)

test("what a layer inside gives is had by its path", function(t)
  local model = made(two_heads)
  local w = model:parameters()
  t.equal(model:layer_paths(), { "head", "other", "trunk" })
  local trunk = inputs:matmul(w["trunk.weight"]) + w["trunk.bias"]
  t.near(model:predict(inputs, { layer = "trunk", batch_size = 5 }), trunk, 1e-6)
  t.near(model:predict(inputs, { output = 3 }), trunk:tanh(), 1e-6)
  local deep = made(function() return nj.nn.sequential { nj.nn.linear(3, 4), nj.nn.residual(nj.nn.linear(4, 4)) } end)
  t.equal(deep:predict(inputs, { layer = "layers.2" }), deep:predict(inputs))
  t.equal(deep:predict(inputs, { layer = "layers.1" }), deep:predict(inputs, { layer = "layers.1", batch_size = 12 }))
end)

test("mistakes of predict are named", function(t)
  local model = made(two_heads)
  t.error_with(function() model:predict(inputs, { as = "logit" }) end,
    "'as' of predict is \"logits\", \"probabilities\", \"classes\", \"sigmoid\" or \"binary\", got \"logit\": did you "
      .. "mean 'logits'?")
  t.error_with(function() model:predict(inputs, { layer = "trunc" }) end,
    "the model has no layer 'trunc': did you mean 'trunk'?\n  layers are head, other, trunk")
  t.error_with(function() model:predict(inputs, { output = 4 }) end, "'output' of predict is 4, and there are 3")
  t.error_with(function() model:predict(inputs, { batch_size = 0 }) end,
    "'batch_size' of predict must be at least 1, got 0")
  t.error_with(function() model:predict(nj.tensor(1)) end,
    "predict expects a tensor whose rows are samples, got shape ()")
  t.error_with(function() nj.grad(function(x) return model:predict(2 * x):sum() end, inputs) end,
    "predict gives numbers without gradients, and its inputs are what a gradient is taken of: call the model "
      .. "itself, as in "
      .. "model(inputs)")
  t.error_with(function() model:predict(3) end,
    "predict expects a tensor whose rows are samples, or a data set, got ")
end)
