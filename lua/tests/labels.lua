-- Labels of every kind in data sets: what they are taken for, what is refused and how, and what noise, metrics and
-- predictions make of them.
local nj = require "nightjar"
local test = require "nightjar.test"

local inputs = nj.randn({ 4, 3 }, { seed = 1 })

local function int(values)
  return nj.tensor(values, { dtype = "int32" })
end

local function set(labels, fields)
  local given = { inputs = inputs, labels = labels, classes = 3 }
  for name, value in pairs(fields or {}) do
    given[name] = value
  end
  return nj.data.from_tensors(given)
end

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^lua/tests/labels.lua:%d+: (.*)$") or message
end

local rows = nj.tensor { { 1, 0, 0 }, { 0.5, 0.5, 0 }, { 0, 0, 1 }, { 0.25, 0.25, 0.5 } }

test("labels are taken for what their type and shape say", function(t)
  local none = { ignore = 0 }
  local cases = {
    { set(int { 1, 2, 3, 1 }), "classes", { 1, 2, 3, 1 } },
    { set(nj.tensor { 1, 2, 3, 1 }), "classes", { 1, 2, 3, 1 } },
    { set(nj.tensor({ 1, 2, 3, 1 }, { dtype = "uint8" })), "classes", { 1, 2, 3, 1 } },
    { set(int { 1, 0, 3, 0 }, none), "classes", { 1, 0, 3, 0 }, { true, false, true, false } },
    { set(int { 1, -100, 3, 2 }, { ignore = -100 }), "classes", { 1, -100, 3, 2 }, { true, false, true, true } },
    { set(int { { 1, 2 }, { 3, 1 }, { 255, 2 }, { 255, 255 } }, { ignore = 255 }), "classes",
      { { 1, 2 }, { 3, 1 }, { 255, 2 }, { 255, 255 } },
      { { true, true }, { true, true }, { false, true }, { false, false } } },
    { set(rows), "soft", rows:totable() },
    { set(rows, { classes = nil }), "soft", rows:totable() },
    { set(rows * nj.tensor { { 1 }, { 1 }, { 0 }, { 1 } }, none), "soft",
      { { 1, 0, 0 }, { 0.5, 0.5, 0 }, { 0, 0, 0 }, { 0.25, 0.25, 0.5 } }, { true, true, false, true } },
    { set(rows:unsqueeze(2):expand(4, 2, 3)), "soft", rows:unsqueeze(2):expand(4, 2, 3):totable() },
    { set(nj.tensor({ true, false, true, true }, { dtype = "bool" })), "binary", { 1, 0, 1, 1 } },
    { set(int { 1, 0, 1, 9 }, { kind = "binary", ignore = 9 }), "binary", { 1, 0, 1, 9 }, { true, true, true, false } },
    { set(rows, { kind = "binary" }), "binary", rows:totable() },
  }
  for i, case in ipairs(cases) do
    local data, kind, labels, keep = table.unpack(case)
    t.equal(data:label_kind(), kind, "case " .. i)
    t.equal(data:labels():totable(), labels, "case " .. i)
    t.equal(data:true_labels():totable(), labels, "case " .. i)
    t.equal(data:keep():all():item(), keep == nil, "case " .. i)
    if keep then
      t.equal(data:keep():totable(), keep, "case " .. i)
    end
    t.equal(data:first(2):labels():totable(), { labels[1], labels[2] })
  end
  t.equal(set(rows, { kind = "binary" }):classes(), 3)
  t.equal(set(int { 1, 0, 1, 0 }, { kind = "binary" }):classes(), 1)
  t.equal(tostring(set(rows, { kind = "binary" })), "data set 'tensors': 4 samples of shape (3) with labels 0 and 1 "
    .. "for each of (3) places")
  t.equal(tostring(set(rows)), "data set 'tensors': 4 samples of shape (3) with soft labels of 3 classes")
end)

test("labels that do not fit are named with their position, and with what to do", function(t)
  local start = "labels of data set 'tensors'"
  local hint = " (labels that start at 0? In scripts they start at 1: add 1)"
  local function out(ignore)
    return "\n  a label whose samples are to be left out is given with ignore = " .. ignore
  end
  local cases = {
    { int { 1, 2, 0, 1 }, {}, start .. ": label 0 at position 3 is out of range: labels go from 1 to 3" .. hint
      .. out(0) },
    { int { 1, 2, 4, 1 }, {}, start .. ": label 4 at position 3 is out of range: labels go from 1 to 3" .. out(4) },
    { int { 1, -1, 3, 1 }, {}, start .. ": label -1 at position 2 is out of range: labels go from 1 to 3" .. out(-1) },
    { int { 1, 2, 0, 4 }, { ignore = 0 },
      start .. ": label 4 at position 4 is out of range: labels go from 1 to 3" .. out(4) },
    { int { 1, 0, 0, 1 }, {}, start .. ": label 0 at position 2 is out of range: labels go from 1 to 3" .. hint
      .. "\n  labels 0 and 1 for every logit are given with kind = \"binary\"" },
    { nj.tensor { 1, 2.7, 3, 1 }, {}, start .. ": label 2.7 at position 2 is no whole number: labels go from 1 to 3" },
    { nj.tensor { 1, 0 / 0, 3, 1 }, {},
      start .. ": label nan at position 2 is no whole number: labels go from 1 to 3" },
    { nj.tensor { 1, 2, 3, math.huge }, {},
      start .. ": label inf at position 4 is no whole number: labels go from 1 to 3" },
    { int { { 1, 2 }, { 3, 1 }, { 1, 5 }, { 1, 1 } }, {},
      start .. ": label 5 at position (3, 2) is out of range: labels go from 1 to 3" .. out(5) },
    { nj.tensor { { 1, 0, 0 }, { 0.5, 0.4, 0 }, { 0, 0, 1 }, { 0, 0, 1 } }, {},
      start .. ": soft labels at position 2 sum to 0.9, not to 1" },
    { nj.tensor { { 1, 0, 0 }, { 0, 0, 0 }, { 0, 0, 1 }, { 0, 0, 1 } }, {},
      start .. ": soft labels at position 2 sum to 0, not to 1" },
    { nj.tensor { { 1, 0, 0 }, { 0, -0.5, 1.5 }, { 0, 0, 1 }, { 0, 0, 1 } }, {},
      start .. ": soft label -0.5 at position (2, 2) is no probability" },
    { nj.tensor { { 1, 0 }, { 0, 1 }, { 0, 1 }, { 0, 1 } }, {},
      start .. ": soft labels are rows of 3 probabilities, one a class, got shape (4, 2)" },
    { int { 1, 0, 2, 1 }, { kind = "binary" }, start .. ": label 2 at position 3 is not from 0 to 1\n  a label that is "
      .. "to be left out is given with ignore = 2" },
    { nj.tensor { 1, 0, 1.5, 1 }, { kind = "binary" }, start .. ": label 1.5 at position 3 is not from 0 to 1" },
    { nj.tensor { 1, 0, 0 / 0, 1 }, { kind = "binary" }, start .. ": label nan at position 3 is not from 0 to 1" },
    { nj.tensor({ true, true, true, false }, { dtype = "bool" }), { kind = "classes" },
      start .. " are classes, whole numbers from 1, got a bool tensor of shape (4)" },
    { int { 1, 2, 3 }, {}, "data set 'tensors' has 4 inputs but 3 labels" },
    { nj.zeros({ 0 }, { dtype = "int32" }), {}, "data set 'tensors' has 4 inputs but 0 labels" },
    { int { 1, 2, 3, 1 }, { kind = "sotf" }, "'kind' of data set 'tensors' must be one of \"classes\", \"soft\", "
      .. "\"binary\", got \"sotf\": did you mean 'soft'?" },
    { int { 1, 2, 3, 1 }, { ignore = 1.5 }, "'ignore' of data set 'tensors' must be an integer, got 1.5" },
    { int { 1, 2, 3, 1 }, { classes = false }, "'classes' of a data set must be an integer, got a boolean" },
  }
  for i, case in ipairs(cases) do
    t.equal(message_of(function() set(case[1], case[2]) end), case[3], "case " .. i)
  end
  t.equal(message_of(function() nj.data.from_tensors { inputs = inputs, labels = int { 1, 2, 3, 1 } } end),
    "data set 'tensors' needs 'classes': how many there are, for example classes = 10")
end)

local digits = nj.data.load("digits").train:first(40)

test("with_labels takes labels of every kind and leaves the true ones as they are", function(t)
  local truth = digits:labels()
  local soft = digits:with_labels(truth:one_hot(10, { dtype = "float32" }) * 0.9 + 0.01)
  t.equal(soft:label_kind(), "soft")
  t.near(soft:noise_rate(), 0)
  t.ok(soft:true_labels():eq(truth):all():item())
  local even = (truth % 2):eq(1)
  local binary = digits:with_labels(even)
  t.equal(binary:label_kind(), "binary")
  t.equal(binary:classes(), 1)
  t.equal(message_of(function() binary:noise_rate() end), "there is no noise rate: the labels given are labels 0 and 1"
    .. ", the true ones one of 10 classes a sample")
  local hidden = nj.where(nj.arange(40):lt(10), 0, truth % 10 + 1):int()
  local some = digits:with_labels(hidden, { ignore = 0 })
  t.equal(some:noise_rate(), 1)
  t.equal(some:keep():int():sum():item(), 30)
  t.equal(message_of(function() digits:with_labels(hidden) end):sub(1, 50),
    "given labels: label 0 at position 1 is out of rang")
  t.equal(message_of(function() digits:with_labels(truth, { kind = 3 }) end),
    "'kind' of with_labels must be a string, got 3")
  t.equal(message_of(function() digits:with_labels(truth, { ignored = 3 }) end),
    "with_labels has no option 'ignored': did you mean 'ignore'?")
  t.equal(message_of(function() digits:with_labels(nj.noise.uniform {}, { seed = 1, kind = "soft" }) end),
    "'kind' of with_labels is of a tensor of labels: a noise model gives classes")
end)

test("noise changes the labels that are not left out, and none that are no classes", function(t)
  local labels = int { 1, 0, 2, 3, 0, 1, 2, 3, 1, 2 }
  local data = nj.data.from_tensors { inputs = nj.randn(10, 2), labels = labels, classes = 3, ignore = 0 }
  local noisy = data:with_labels(nj.noise.uniform { rate = 0.5, count = "exact" }, { seed = 3 })
  t.equal(noisy:noise_rate(), 0.5)
  t.equal(noisy:labels():eq(0):totable(), labels:eq(0):totable())
  -- What it is without them.
  local at = labels:ne(0):nonzero()
  local rest = nj.noise.uniform { rate = 0.5, count = "exact" }:apply(labels:index(1, at), { classes = 3, seed = 3 })
  t.equal(noisy:labels():index(1, at):totable(), rest:totable())
  local dense = nj.data.from_tensors { inputs = nj.randn(10, 2, 2, 1), classes = 3, ignore = 0,
    labels = labels:reshape(10, 1, 1):expand(10, 2, 2) }
  local flipped = dense:with_labels(nj.noise.uniform { rate = 1 }, { seed = 3 })
  t.equal(flipped:noise_rate(), 1)
  t.equal(flipped:labels():shape(), { 10, 2, 2 })
  t.equal(flipped:labels():eq(0):int():sum():item(), 8)
  local soft = nj.data.from_tensors { inputs = inputs, labels = rows }
  t.equal(message_of(function() soft:with_labels(nj.noise.uniform {}, { seed = 1 }) end), "noise model 'uniform' "
    .. "exchanges classes, and this data set has soft labels of 3 classes: change these labels with tensor operations "
    .. "and give them with data:with_labels(tensor)")
  local binary = nj.data.from_tensors { inputs = inputs, labels = rows:gt(0.4) }
  t.equal(message_of(function() binary:with_labels(nj.noise.uniform {}, { seed = 1 }) end), "noise model 'uniform' "
    .. "exchanges classes, and this data set has labels 0 and 1 for each of (3) places: change these labels with "
    .. "tensor operations and give them with data:with_labels(tensor)")
end)

-- ---- Training -------------------------------------------------------------------------------------------------------

local function fit(data, loss, fields, options)
  local given = { model = nj.models.mlp { inputs = 64, hidden = { 16 }, classes = data:classes() }, loss = loss,
    optimizer = nj.optim.adam {}, learning_rate = 0.01, batch_size = 16, seed = 1 }
  for name, value in pairs(fields or {}) do
    given[name] = value
  end
  local records = nj.trainer(given):fit(data, options or { epochs = 4 })
  return records[#records], given.model, records
end

test("accuracy is over all labels that are not left out, and further metrics see what is", function(t)
  local train, test_set = nj.data.load("digits").train:first(200), nj.data.load("digits").test:first(60)
  local function several(part)
    local labels = part:true_labels()
    local bits = nj.stack({ labels:gt(5), (labels % 2):eq(0), labels:lt(3) }, 2):int()
    local hidden = nj.arange(part:count()):lt(20):unsqueeze(-1):expand(part:count(), 3)
    return part:with_labels(nj.where(hidden, 9, bits):int(),
      { kind = "binary", ignore = 9 })
  end
  local data, other = several(train), several(test_set)
  local seen
  local watch = nj.metric { name = "watch", compute = function(_, evaluation)
    seen = { kind = evaluation.kind, true_labels = evaluation.true_labels, losses = evaluation.losses,
      predictions = evaluation.predictions }
    return evaluation.keep:int():sum()
  end }
  local record, model = fit(data, nj.losses.bce {}, { metrics = { watch {}, "exact_match" } },
    { epochs = 4, test = other })
  t.equal(record.watch, 180 * 3)
  t.equal(seen.kind, "binary")
  t.equal(seen.true_labels, nil)
  t.equal(record.j2, nil)
  local function accuracy(part)
    local right = model:predict(part, { as = "binary" }):eq(part:labels():int())
    return right:to("float64"):sum():item() / (3 * (part:count() - 20)) * 100, right
  end
  local own, right = accuracy(data)
  t.near(record.j1, own, 1e-6)
  t.near(record.test_accuracy, (accuracy(other)), 1e-6)
  t.near(record.exact_match, right:all(-1):narrow(1, 21, 180):to("float64"):mean():item() * 100, 1e-6)
  t.ok(record.j1 > 60)
  local sure = model:predict(data, { as = "sigmoid" })
  t.equal(sure:gt(0.5):totable(), model:predict(data, { as = "binary" }):gt(0):totable())
  t.equal(seen.predictions:totable(), model:predict(data, { as = "binary" }):totable())
  t.equal(seen.losses:shape(), { 200 })
  t.equal(seen.losses:narrow(1, 1, 20):abs():sum():item(), 0)
end)

test("pixels are counted one by one, and compared class by class", function(t)
  local images = nj.data.load("digits").train:first(64):inputs():reshape(64, 8, 8, 1)
  local labels = nj.where(images:squeeze(-1):gt(0.5), 2, 1):int()
  local around = nj.arange(64):reshape(8, 8):lt(16)
  labels = nj.where(around:unsqueeze(1):expand(64, 8, 8), 0, labels):int():copy()
  local data = nj.data.from_tensors { inputs = images, labels = labels, classes = 2, ignore = 0 }
  local model = nj.nn.sequential { nj.nn.conv2d(1, 4, 3, { padding = 1 }), nj.nn.relu(), nj.nn.conv2d(4, 2, 1) }
  local record = fit(data, nj.losses.cce {}, { model = model, metrics = { "mean_iou" }, learning_rate = 0.05 },
    { epochs = 6, test = data })
  local classes = model:predict(data, { as = "classes" })
  t.equal(classes:shape(), { 64, 8, 8 })
  local keep = labels:ne(0)
  local right = classes:eq(labels):logical_and(keep):int():sum():item() / keep:int():sum():item() * 100
  t.near(record.j1, right, 1e-6)
  t.near(record.test_accuracy, right, 1e-6)
  t.ok(right > 80)
  local total = 0
  for class = 1, 2 do
    local given, seen = labels:eq(class), classes:eq(class):logical_and(keep)
    total = total + given:logical_and(seen):int():sum():item() / given:logical_or(seen):int():sum():item()
  end
  t.near(record.mean_iou, total / 2 * 100, 1e-6)
end)

test("a teacher's probabilities are labels, in float32 and float64, and the student agrees with it", function(t)
  local train = nj.data.load("digits").train:first(300)
  local _, teacher = fit(train, nj.losses.cce {}, {}, { epochs = 15 })
  local taught = train:with_labels(teacher:predict(train, { as = "probabilities" }))
  local record, student = fit(taught, nj.losses.cce {}, { seed = 2 }, { epochs = 15, test = train })
  local agree = student:predict(train, { as = "classes" }):eq(teacher:predict(train, { as = "classes" }))
  t.near(record.j1, agree:float():mean():item() * 100, 1e-4)
  t.ok(record.j1 > 85 and record.test_accuracy > 80 and record.j2 > 80)
end)

test("images are not moved under labels that would stay", function(t)
  local data = nj.data.from_tensors { inputs = nj.rand(4, 8, 8, 1), labels = nj.ones({ 4, 8, 8 }, { dtype = "int32" }),
    classes = 2 }
  t.equal(message_of(function()
    fit(data, nj.losses.cce {}, { model = nj.nn.conv2d(1, 2, 1), augment = { flip = true } })
  end), "images are not cropped and flipped here: data set 'tensors' has a label for each of (8, 8) places, which "
    .. "would stay where they are. Change inputs and labels together before training")
end)

test("a model whose logits do not go with the labels is told what is wanted", function(t)
  local data = nj.data.from_tensors { inputs = inputs, labels = rows:gt(0.4) }
  local dense = nj.data.from_tensors { inputs = nj.rand(4, 8, 8, 1), classes = 2,
    labels = nj.ones({ 4, 8, 8 }, { dtype = "int32" }) }
  local function message(data_set, loss, model)
    return message_of(function() fit(data_set, loss, { model = model }, { epochs = 1 }) end):match("^[^\n]*")
  end
  t.ok(message(data, nj.losses.bce {}, nj.nn.linear(3, 4)):find(
    "the model must give one logit a label, shape (4, 3), got (4, 4) from inputs of shape (4, 3)", 1, true))
  t.ok(message(dense, nj.losses.cce {}, nj.nn.conv2d(1, 3, 1)):find(
    "the model must give one row of logits a place and one column a class, shape (4, 8, 8, 2), got (4, 8, 8, 3) from "
      .. "inputs of shape (4, 8, 8, 1)", 1, true))
end)

test("a loss of its own labels gets those of a data set as they were given", function(t)
  local seen
  local own = nj.loss { name = "own", labels = "any", forward = function(_, z, labels)
    seen = labels:copy()
    return (z - labels):square():mean(-1)
  end }
  fit(nj.data.from_tensors { inputs = inputs, labels = rows }, own {}, { model = nj.nn.linear(3, 3) }, { epochs = 1 })
  t.equal(seen:totable(), rows:totable())
end)

test("test data need labels of the same kind", function(t)
  local data = nj.data.from_tensors { inputs = inputs, labels = rows:gt(0.4) }
  local other = nj.data.from_tensors { inputs = inputs, labels = int { 1, 2, 3, 1 }, classes = 3 }
  t.equal(message_of(function()
    fit(data, nj.losses.bce {}, { model = nj.nn.linear(3, 3) }, { epochs = 1, test = other })
  end), "training data have labels 0 and 1 for each of (3) places, test data 'tensors' one of 3 classes a sample")
end)
