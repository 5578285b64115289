-- Data sets with several label sets, for models with several outputs.
local nj = require "nightjar"
local test = require "nightjar.test"

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^lua/tests/label_sets.lua:%d+: (.*)$") or message
end

local function int(list)
  return nj.tensor(list, { dtype = "int32" })
end

local inputs = nj.randn({ 6, 4 }, { seed = 1 })
local shape, color = int { 1, 2, 1, 2, 1, 2 }, int { 1, 2, 3, 3, 2, 1 }
local marks = nj.tensor { { 1, 0 }, { 0, 0 }, { 1, 1 }, { 0, 1 }, { 1, 0 }, { 0, 0 } }

local function made(sets)
  return nj.data.from_tensors { name = "things", inputs = inputs, labels = shape, classes = 2, label_sets = sets or {
    color = { labels = color, classes = 3 }, marks = { labels = marks, kind = "binary" } } }
end

-- Two heads on the same inputs.
local function model()
  local first, second = nj.nn.linear(4, 2, { init = "zeros" }), nj.nn.linear(4, 3, { init = "zeros" })
  return nj.layer {
    name = "heads",
    children = function() return { shape = first, color = second } end,
    forward = function(_, x) return first(x), second(x) end,
  } {}
end

local function both(name)
  return nj.loss { name = name or "both", needs = { outputs = 2 }, together = false, soft = true,
    forward = function(_, logits, labels, batch)
      return nj.losses.cce {} (logits, labels) + 0.5 * nj.losses.cce {} (batch.outputs[2], batch.label_sets.color)
    end } {}
end

local function train(fields, set, epochs)
  local given = { model = { nj.nn.linear(4, 2, { init = "zeros" }), nj.nn.linear(4, 3, { init = "zeros" }) },
    loss = both(), optimizer = nj.optim.sgd {}, learning_rate = 0.5, batch_size = 6, seed = 1 }
  for name, value in pairs(fields or {}) do
    given[name] = value
  end
  local trainer = nj.trainer(given)
  local records = trainer:fit(set or made(), { epochs = epochs or 1 })
  return trainer.model:parameters(), records
end

test("a data set knows its label sets by name", function(t)
  local data = made()
  t.equal(data:label_sets(), { "color", "marks" })
  t.equal(data:labels(), shape:totable())
  t.equal(data:labels("color"), color:totable())
  t.equal(data:true_labels("color"), color:totable())
  t.equal(data:labels("marks"), marks:totable())
  t.equal({ data:classes(), data:classes("color"), data:classes("marks") }, { 2, 3, 2 })
  t.equal({ data:label_kind(), data:label_kind("color"), data:label_kind("marks") }, { "classes", "classes", "binary" })
  t.equal(data:noise_rate("color"), 0)
  t.equal(data:first(2):labels("color"), { 1, 2 })
  t.equal(data:first(2):label_sets(), { "color", "marks" })
  t.equal(made({}):label_sets(), {})
  t.equal(tostring(data), "data set 'things': 6 samples of shape (4) in 2 classes; color: one of 3 classes a sample; "
    .. "marks: labels 0 and 1 for each of (2) places")
end)

test("labels of a set are exchanged by noise or a tensor, and the others stay", function(t)
  local data = made()
  local noisy = data:with_labels(nj.noise.uniform { rate = 0.5, count = "exact" }, { set = "color", seed = 3 })
  t.equal(noisy:noise_rate("color"), 0.5)
  t.equal(noisy:noise_rate(), 0)
  t.equal(noisy:true_labels("color"), color:totable())
  t.equal(data:noise_rate("color"), 0)
  -- The same noise as for labels that stand alone.
  local alone = nj.data.from_tensors { inputs = inputs, labels = color, classes = 3 }
  t.equal(noisy:labels("color"), alone:with_labels(nj.noise.uniform { rate = 0.5, count = "exact" },
    { seed = 3 }):labels():totable())
  local some = data:with_labels(int { 1, 0, 0, 3, 2, 1 }, { set = "color", ignore = 0 })
  t.equal(some:keep("color"), { true, false, false, true, true, true })
  local other = some:with_labels(int { 2, 2, 2, 2, 2, 2 })
  t.equal(other:labels(), { 2, 2, 2, 2, 2, 2 })
  t.equal(other:labels("color"), { 1, 0, 0, 3, 2, 1 })
end)

test("a loss sees the labels of its batch in every set, however batches are cut", function(t)
  local seen
  local spy = nj.loss { name = "spy", needs = { outputs = 2 }, together = false, forward = function(_, z, y, batch)
    for i, sample in ipairs(batch.indices:totable()) do
      seen[sample] = { y:totable()[i], batch.label_sets.color:totable()[i], batch.label_sets.marks:totable()[i] }
    end
    return nj.losses.cce {} (z, y)
  end } {}
  for _, size in ipairs { 6, 4, 1 } do
    seen = {}
    train { loss = spy, batch_size = size }
    for sample = 1, 6 do
      t.equal(seen[sample], { shape:totable()[sample], color:totable()[sample], marks:totable()[sample] })
    end
  end
end)

test("the heads learn what each of them learns alone", function(t)
  local all = train({ model = { nj.nn.linear(4, 2, { init = "zeros", bias = false }),
    nj.nn.linear(4, 3, { init = "zeros", bias = false }) } }, nil, 3)
  local function alone(labels, classes, factor)
    local own = nj.nn.linear(4, classes, { init = "zeros", bias = false })
    nj.trainer { model = own, loss = factor * nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.5,
      batch_size = 6, seed = 1 }:fit(nj.data.from_tensors { inputs = inputs, labels = labels, classes = classes },
      { epochs = 3 })
    return own:parameters().weight
  end
  t.near(all["models.1.weight"], alone(shape, 2, 1):totable(), 1e-6)
  t.near(all["models.2.weight"], alone(color, 3, 0.5):totable(), 1e-6)
end)

test("steps of several batches are those of the one large batch", function(t)
  local whole = train {}
  for _, cut in ipairs { { 4, 2 }, { 1, 6 } } do
    local parts = train { batch_size = cut[1], accumulate = cut[2] }
    for name, value in pairs(whole) do
      t.near(parts[name], value:totable(), 1e-6)
    end
  end
end)

test("labels that are left out in a set are left to the loss that gets them", function(t)
  local data = made { color = { labels = int { 1, 0, 3, 0, 2, 0 }, classes = 3, ignore = 0 } }
  local loss = nj.loss { name = "some", needs = { outputs = 2 }, together = false, forward = function(_, z, y, batch)
    return nj.losses.cce {} (z, y) + nj.losses.cce { ignore = 0 } (batch.outputs[2], batch.label_sets.color)
  end } {}
  local _, records = train({ loss = loss }, data)
  t.ok(records[1].loss < 2)
  -- Labels that are left out themselves take their row out of every set.
  local left = nj.data.from_tensors { inputs = inputs, labels = int { 1, 0, 1, 2, 0, 2 }, classes = 2, ignore = 0,
    label_sets = { color = { labels = color, classes = 3 } } }
  local rows
  local spy = nj.loss { name = "spy", needs = { outputs = 2 }, forward = function(_, z, y, batch)
    rows = batch.training and batch.label_sets.color:size(1) or rows
    return nj.losses.cce {} (z, y)
  end } {}
  train({ loss = spy }, left)
  t.equal(rows, 4)
end)

test("mixup mixes every set by the same shares", function(t)
  local seen
  local spy = nj.loss { name = "spy", needs = { outputs = 2 }, soft = true, forward = function(_, z, y, batch)
    seen = batch.training and { y, batch.label_sets.twin } or seen
    return nj.losses.cce {} (z, y)
  end } {}
  local data = nj.data.from_tensors { inputs = inputs, labels = color, classes = 3,
    label_sets = { twin = { labels = color, classes = 3 } } }
  train({ model = { nj.nn.linear(4, 3), nj.nn.linear(4, 3) }, loss = spy,
    augment = nj.augmentations.mixup { alpha = 1 } }, data)
  t.equal(seen[2]:totable(), seen[1]:totable())
  t.ok(seen[1]:gt(0):logical_and(seen[1]:lt(1)):any():item())
end)

test("metrics see the labels of every set", function(t)
  local seen = {}
  local metric = nj.metric { name = "seen", compute = function(_, evaluation)
    seen = { evaluation.train.label_sets, evaluation.label_sets.color, evaluation.test.label_sets.color }
    return evaluation.train.label_sets.color:max():item()
  end }
  local trainer = nj.trainer { model = { nj.nn.linear(4, 2), nj.nn.linear(4, 3) }, loss = both(),
    metrics = { metric {} }, optimizer = nj.optim.sgd {}, learning_rate = 0.1 }
  local noisy = made():with_labels(int { 1, 1, 1, 1, 1, 1 }, { set = "color" })
  local records = trainer:fit(noisy, { epochs = 1, test = made():first(3) })
  t.equal(records[1].seen, 1)
  t.equal(seen[1].color, { 1, 1, 1, 1, 1, 1 })
  t.equal(seen[1].marks, marks:totable())
  t.equal(seen[2], { 1, 1, 1, 1, 1, 1 })
  t.equal(seen[3], { 1, 2, 3 })
end)

test("what is wrong with label sets is said in full", function(t)
  local data = made()
  t.equal(message_of(function() return data:labels("colour") end),
    "this data set has no label set \"colour\": did you mean 'color'?\n  it has color, marks")
  t.equal(message_of(function() return made({}):labels("color") end), "this data set has no label set \"color\": "
    .. "nj.data.from_tensors { label_sets = { name = { labels = ..., classes = ... } } } gives it one")
  t.equal(message_of(function() return data:with_labels(color, { set = "shade" }) end),
    "this data set has no label set \"shade\"\n  it has color, marks")
  t.equal(message_of(function() return data:inputs("color") end), "data:inputs() takes no arguments, got a string")
  t.equal(message_of(function() made { color } end), "'label_sets' of data set 'things' goes by names, letters, digits "
    .. "and _, as in { color = { labels = y, classes = 3 } }, got 1")
  t.equal(message_of(function() made { color = color } end),
    "label set 'color' of data set 'things' is a table such as { labels = y, classes = 3 }, got a tensor")
  t.equal(message_of(function() made { color = { label = color } } end),
    "label set 'color' of data set 'things' has no field 'label': did you mean 'labels'?\n  fields are labels, "
    .. "classes, kind, ignore")
  t.equal(message_of(function() made { color = { labels = color, classes = 2 } } end), "labels of data set "
    .. "'things.color': label 3 at position 3 is out of range: labels go from 1 to 2\n  a label whose samples are to "
    .. "be left out is given with ignore = 3")
  t.equal(message_of(function() made { color = { labels = int { 1, 2 }, classes = 3 } } end),
    "data set 'things.color' has 6 inputs but 2 labels")
  local missing = nj.loss { name = "x", forward = function(_, z, y, batch) return z:pick(y) * batch.label_set end } {}
  t.ok(message_of(function() train { loss = missing } end):find("a batch has no field 'label_set': did you mean "
    .. "'label_sets'?", 1, true))
end)

test("a layer with two heads serves as well as two models", function(t)
  local own = model()
  local _, records = train({ model = own }, nil, 2)
  t.ok(records[2].loss < records[1].loss)
end)
