-- Weights of classes and samples, and losses made of others.
local nj = require "nightjar"
local test = require "nightjar.test"

local logits = nj.randn({ 6, 3 }, { seed = 4, dtype = "float64" })
local labels = nj.tensor({ 1, 2, 3, 3, 1, 2 }, { dtype = "int32" })
local cce, mae = nj.losses.cce {}, nj.losses.mae {}
local values, other = cce(logits, labels):totable(), mae(logits, labels):totable()

local function scaled(factors)
  local result = {}
  for i, factor in ipairs(factors) do
    result[i] = factor * values[i]
  end
  return result
end

test("a class weight multiplies the values of its samples", function(t)
  t.near(nj.weighted(cce, { classes = { 1, 0, 2.5 } })(logits, labels), scaled { 1, 0, 2.5, 2.5, 1, 0 }, 1e-12)
end)

test("a sample weight is found by where the sample stands in the data set", function(t)
  local weights = nj.tensor { 10, 20, 30, 40, 50, 60, 70 }
  local batch = { indices = nj.tensor({ 7, 1, 3, 3, 2, 6 }, { dtype = "int32" }) }
  t.near(nj.weighted(cce, { samples = weights })(logits, labels, batch), scaled { 70, 10, 30, 30, 20, 60 }, 1e-10)
  t.near(nj.weighted(cce, { samples = weights, classes = { 1, 2, 0 } })(logits, labels, batch),
    scaled { 70, 20, 0, 0, 20, 120 }, 1e-10)
end)

test("normalised weights give the weighted mean", function(t)
  local loss = nj.weighted(cce, { classes = { 1, 0.5, 2.5 }, normalize = true })
  local total = 0
  for _, value in ipairs(scaled { 1, 0.5, 2.5, 2.5, 1, 0.5 }) do
    total = total + value
  end
  t.near(loss(logits, labels):mean():item(), total / 8, 1e-12)
end)

test("a weighted loss has the weighted gradient", function(t)
  local _, gradient = nj.value_and_grad(function(z)
    return nj.weighted(cce, { classes = { 3, 1, 1 } })(z, labels):sum()
  end, logits)
  local _, plain = nj.value_and_grad(function(z) return cce(z, labels):sum() end, logits)
  local factors = nj.tensor({ 3, 1, 1, 1, 3, 1 }, { dtype = "float64" }):unsqueeze(-1)
  t.near(gradient, (plain * factors):totable(), 1e-12)
end)

test("sums, differences and multiples of losses are losses, also nested and weighted", function(t)
  local function near(loss, a, b)
    local expected = {}
    for i = 1, 6 do
      expected[i] = a * values[i] + b * other[i]
    end
    t.near(loss(logits, labels), expected, 1e-12)
  end
  near(0.5 * cce + mae, 0.5, 1)
  near(cce * 2 - mae / 4, 2, -0.25)
  near(-(cce - mae), -1, 1)
  near(2 * (3 * (cce + mae) - cce) + 0.5 * mae, 4, 6.5)
  near(cce + nj.weighted(mae + mae, { classes = { 2, 2, 2 } }), 1, 4)
  near(0.5 * nj.weighted(cce, { classes = { 2, 2, 2 } }), 1, 0)
  t.equal(tostring(0.5 * nj.weighted(cce, { classes = { 2, 2, 2 } }) + mae), "loss '0.5 * weighted(cce) + mae'")
end)

test("with a loss of the whole batch, a combination is one as well", function(t)
  local whole = nj.loss {
    name = "whole", reduction = "batch",
    forward = function(_, z) return z:square():mean() end,
  } {}
  local loss = 2 * whole + cce
  t.equal(loss(logits, labels):shape(), {})
  t.near(loss(logits, labels), 2 * logits:square():mean():item() + cce(logits, labels):mean():item(), 1e-12)
  t.error_with(function() nj.weighted(whole, { classes = { 1, 1, 1 } }) end,
    "loss 'whole' returns one number for the whole batch: there are no samples to weight")
end)

test("what a loss in a weighted combination remembers is its own", function(t)
  local counting = nj.loss {
    name = "counting", state = { calls = 0 },
    forward = function(self, z)
      self.calls = self.calls + 1
      return z:sum(-1)
    end,
  }
  local one, two = counting {}, counting {}
  local loss = nj.weighted(one + 2 * two, { classes = { 1, 1, 1 } }) + cce + one
  loss:prepare { samples = 6, classes = 3 }
  loss(logits, labels)
  loss(logits, labels)
  t.equal({ one.calls:item(), two.calls:item() }, { 4, 2 })
end)

test("a weighted loss trains", function(t)
  local data = nj.data.load("digits").train:first(64)
  local weights = nj.zeros(64)
  local model = nj.models.mlp { inputs = 64, hidden = { 4 }, classes = 10 }
  local trainer = nj.trainer {
    model = model, loss = nj.weighted(cce, { samples = weights }) + nj.weighted(mae, { classes = { 0, 0, 0, 0, 0, 0, 0,
      0, 0, 0 } }), optimizer = nj.optim.sgd {}, learning_rate = 0.1, batch_size = 16,
  }
  local records = trainer:fit(data, { epochs = 2 })
  t.equal(records[2].loss, 0)
end)

test("weights that make up for rare classes come from the labels of a data set", function(t)
  local labels_of = nj.data.load("digits").train:labels()
  local counts = labels_of:one_hot(10):sum(1)
  local loss = nj.weighted(cce, { classes = counts:mean() / counts })
  local flat = nj.zeros({ labels_of:size(1), 10 })
  local ones = loss(flat, labels_of) / math.log(10)
  local totals = (ones:unsqueeze(-1) * labels_of:one_hot(10)):sum(1)
  t.near(totals, nj.full({ 10 }, labels_of:size(1) / 10):totable(), 1e-2)
end)

test("mistakes are answered with what was expected", function(t)
  local usage = "\n  usage: nj.weighted(loss, { classes = { 1, 1, 5 } }), or { samples = weights } with one weight for "
    .. "each training sample"
  local cases = {
    { function() nj.weighted(nj.losses.cce, { classes = { 1 } }) end,
      "nj.weighted expects a loss first, for example nj.losses.cce {}, got the definition of loss 'cce': call it "
        .. "with its parameters first, as in cce {}" .. usage },
    { function() nj.weighted(cce) end, "nj.weighted expects a table of weights, got nil" .. usage },
    { function() nj.weighted(cce, {}) end, "nj.weighted needs 'classes', 'samples' or both" .. usage },
    { function() nj.weighted(cce, { class = { 1 } }) end,
      "nj.weighted has no field 'class': did you mean 'classes'?\n  fields are classes, samples, normalize" },
    { function() nj.weighted(cce, { classes = { 1, -1 } }) end,
      "'classes' of nj.weighted must be finite numbers, none below 0" },
    { function() nj.weighted(cce, { samples = 3 }) end,
      "'samples' of nj.weighted must be a list of numbers or a tensor, got a number" .. usage },
    { function() nj.weighted(cce, { classes = { 1, 1 } })(logits, labels) end,
      "loss 'weighted(cce)' has weights for 2 classes, the logits have 3" },
    { function() nj.weighted(cce, { samples = { 1, 1 } })(logits, labels) end,
      "loss 'weighted(cce)' weights samples one by one: call it with a batch that has 'indices', as nj.trainer does" },
  }
  for _, case in ipairs(cases) do
    local _, message = pcall(case[1])
    t.equal((message:gsub("^[^:]*:%d+: ", "")), case[2])
  end
end)

test("mistakes in combinations are answered with what came", function(t)
  local definition = "the definition of loss 'cce': call it with its parameters first, as in cce {}"
  local cases = {
    { function() return 0.5 * nj.losses.cce end, "arithmetic needs a loss that is made, got " .. definition },
    { function() return nj.losses.cce + mae end, "arithmetic needs a loss that is made, got " .. definition },
    { function() return mae + nj.losses.cce end, "a loss can be added to a loss only, got " .. definition },
    { function() return cce + 3 end, "a loss can be added to a loss only, got 3" },
    { function() return cce - nj.optim.sgd {} end, "a loss can be taken from a loss only, got optimizer 'sgd'" },
    { function() return cce * mae end, "a loss can be multiplied by a number only, got loss 'mae'" },
    { function() return "x" * cce end, "a loss can be multiplied by a number only, got a string" },
    { function() return cce * nj.ones(1) end, "a loss can be multiplied by a number only, got a tensor" },
    { function() return (0 / 0) * cce end, "a loss can be multiplied by a finite number only, got nan" },
    { function() return cce / 0 end, "a loss cannot be divided by 0" },
    { function() return 2 / cce end, "nothing can be divided by a loss" },
  }
  for _, case in ipairs(cases) do
    local fine, message = pcall(case[1])
    t.equal({ fine, (tostring(message):gsub("^[^:]*:%d+: ", "")) }, { false, case[2] })
  end
end)

test("a misspelt field of the batch is named with the nearest", function(t)
  local curious = nj.loss {
    name = "curious",
    forward = function(_, z, _, batch)
      return z:sum(-1) * (batch.views and 1 or 2) * batch.indexes
    end,
  }
  t.error_with(function() curious {}(logits, labels, { epoch = 1 }) end,
    "a batch has no field 'indexes': did you mean 'indices'?\n"
      .. "  fields are count, epoch, indices, inputs, step, training, draws, views, model, outputs, whole, keep")
end)
