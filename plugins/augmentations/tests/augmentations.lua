local nj = require "nightjar"
local test = require "nightjar.test"
local golden = require "data/golden"

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^plugins/augmentations/tests/augmentations.lua:%d+: (.*)$") or message
end

local count, height, width, classes = 6, 4, 5, 3

-- Image n has 100 n + 10 row + column at each pixel, all from 0.
local function images(dtype)
  local n = nj.arange(count, { dtype = dtype }):reshape(count, 1, 1, 1) * 100
  local y = nj.arange(height, { dtype = dtype }):reshape(1, height, 1, 1) * 10
  return n + y + nj.arange(width, { dtype = dtype }):reshape(1, 1, width, 1)
end

local plain_labels = nj.arange(count, { dtype = "int32" }) % classes + 1

local function data(labels, options)
  options = options or { classes = classes }
  options.inputs, options.labels = images("float32"), labels or plain_labels
  return nj.data.from_tensors(options)
end

local function model()
  return nj.nn.sequential { nj.nn.flatten(), nj.nn.linear(height * width, classes, { init = "zeros" }) }
end

-- Labels as rows: of a class one with a one.
local function row_of(label)
  if type(label) == "table" then
    return label
  end
  local row = {}
  for class = 1, classes do
    row[class] = class == label and 1 or 0
  end
  return row
end

-- A loss that writes down what training shows it, by epoch and sample.
local function spy(seen)
  return nj.loss {
    name = "spy", soft = true,
    forward = function(_, logits, labels, batch)
      if batch.training then
        local inputs, rows = batch.inputs:reshape(batch.count, height * width):totable(), labels:totable()
        for i, sample in ipairs(batch.indices:totable()) do
          seen[batch.epoch] = seen[batch.epoch] or {}
          seen[batch.epoch][sample] = { image = inputs[i], labels = row_of(rows[i]) }
        end
      end
      return -logits:log_softmax():pick(labels)
    end,
  } {}
end

-- As many models as a loss wants outputs.
local function model_for(loss)
  local outputs = loss and (loss.definition.needs or {}).outputs or 1
  local models = {}
  for i = 1, outputs do
    models[i] = model()
  end
  return outputs == 1 and models[1] or models
end

local function train(fields, set, epochs)
  local given = { model = model_for(fields.loss), loss = nj.losses.cce {},
    optimizer = nj.optim.sgd {}, learning_rate = 1e-5,
    batch_size = 4, seed = 1, train_seed = 5 }
  for name, value in pairs(fields) do
    given[name] = value
  end
  local trainer = nj.trainer(given)
  local records = trainer:fit(set or data(), { epochs = epochs or 1 })
  return trainer.model:parameters()["layers.2.weight"], records
end

local function near(t, got, expected, tolerance)
  t.near(nj.tensor(got, { dtype = "float64" }), nj.tensor(expected, { dtype = "float64" }):totable(), tolerance)
end

local made = {
  mixup = function() return nj.augmentations.mixup { alpha = 0.4 } end,
  cutmix = function() return nj.augmentations.cutmix {} end,
  cutout = function() return nj.augmentations.cutout { size = 3, value = -3, rate = 0.6 } end,
}

for name, make in pairs(made) do
  test(name .. " gives the images and labels of an independent script, however batches are cut", function(t)
    for _, batches in ipairs { { 4, 1 }, { 6, 1 }, { 1, 1 }, { 2, 3 } } do
      local seen = {}
      train({ augment = make(), loss = spy(seen), batch_size = batches[1], accumulate = batches[2] }, nil, 2)
      for epoch = 1, 2 do
        for sample = 1, count do
          local got, expected = seen[epoch][sample], golden[name][epoch][sample]
          near(t, got.image, expected.image, 1e-3)
          near(t, got.labels, expected.labels, 1e-6)
        end
      end
    end
  end)

  test("a step with " .. name .. " is that of soft labels on the images that it made", function(t)
    local one = train({ augment = make(), batch_size = 6 })
    local rows, pixels = {}, {}
    for sample = 1, count do
      rows[sample], pixels[sample] = golden[name][1][sample].labels, golden[name][1][sample].image
    end
    local mixed = nj.data.from_tensors { inputs = nj.tensor(pixels):reshape(count, height, width, 1),
      labels = nj.tensor(rows), kind = "soft" }
    near(t, one:totable(), train({ batch_size = 6 }, mixed):totable(), 1e-7)
  end)

  test("weights and accumulation with " .. name .. " are those of the one large batch", function(t)
    local loss = nj.weighted(nj.losses.cce {}, { classes = { 1, 5, 2 }, normalize = true })
    local whole = train({ augment = make(), loss = loss, batch_size = 6 })
    near(t, train({ augment = make(), loss = loss, batch_size = 2, accumulate = 3 }):totable(), whole:totable(), 1e-7)
    near(t, train({ augment = make(), loss = loss, batch_size = 4, accumulate = 2 }):totable(), whole:totable(), 1e-7)
  end)

  test("training with " .. name .. " goes on where it was, to the same bits", function(t)
    local function weights(parts)
      local own = model()
      local trainer = nj.trainer { model = own, loss = nj.losses.cce {}, optimizer = nj.optim.sgd { momentum = 0.9 },
        learning_rate = 1e-5, batch_size = 4, seed = 3, augment = make() }
      for _, epochs in ipairs(parts) do
        trainer:fit(data(), { epochs = epochs })
      end
      return own:parameters()["layers.2.weight"]:totable()
    end
    t.equal(weights { 1, 2 }, weights { 3 })
    t.equal(weights { 2, 1 }, weights { 3 })
  end)

  test("labels that are left out stay out with " .. name, function(t)
    local seen = {}
    local some = nj.tensor({ 1, 0, 2, 0, 3, 1 }, { dtype = "int32" })
    local _, records = train({ augment = make(), loss = spy(seen) }, data(some, { classes = classes, ignore = 0 }))
    t.ok(records[1].train_loss_running == records[1].train_loss_running)
    -- What is left out is no partner of what is not.
    local firsts = {}
    for sample, row in pairs(seen[1]) do
      firsts[#firsts + 1] = sample
      local total = 0
      for _, share in ipairs(row.labels) do
        total = total + share
      end
      t.near(total, 1, 1e-6)
    end
    table.sort(firsts)
    t.equal(firsts, { 1, 3, 5, 6 })
  end)
end

test("both after each other, after crops and flips, before a function", function(t)
  local seen, called = {}, 0
  train { loss = spy(seen), batch_size = 6, augment = {
    crop = 1, flip = true, nj.augmentations.mixup { alpha = 1 }, nj.augmentations.cutmix {},
    function(inputs) called = called + 1 return inputs * 0 + 7 end,
  } }
  t.ok(called > 0)
  t.equal(#seen[1], count)
  for sample = 1, count do
    t.equal(seen[1][sample].image[1], 7)
    local total = 0
    for _, share in ipairs(seen[1][sample].labels) do
      total = total + share
    end
    t.near(total, 1, 1e-6)
  end
end)

test("rate 0 leaves samples as they are, and the loss is that of plain labels", function(t)
  local plain = train {}
  for _, name in ipairs { "mixup", "cutmix" } do
    near(t, train({ augment = nj.augmentations[name] { rate = 0 } }):totable(), plain:totable(), 1e-8)
  end
end)

test("labels 0 and 1 for every logit are mixed as numbers", function(t)
  local rows = nj.tensor { { 1, 0, 1 }, { 0, 0, 1 }, { 1, 1, 1 }, { 0, 0, 0 }, { 1, 0, 0 }, { 0, 1, 0 } }
  local seen = {}
  local loss = nj.loss { name = "spy", labels = "binary", forward = function(_, logits, labels, batch)
    seen[#seen + 1] = batch.training and labels or nil
    return nj.losses.bce {} (logits, labels)
  end } {}
  -- The batch is asked for, so the loss gets it.
  local smallest, largest = 1, 0
  for _, name in ipairs { "mixup", "cutmix" } do
    train({ augment = made[name](), loss = loss }, data(rows, { kind = "binary" }), 2)
  end
  for _, labels in ipairs(seen) do
    smallest, largest = math.min(smallest, labels:min():item()), math.max(largest, labels:max():item())
  end
  t.ok(#seen >= 8 and smallest >= 0 and largest <= 1)
end)

test("dense labels are mixed place by place, and have no boxes", function(t)
  local dense = nj.arange(count * height * width, { dtype = "int32" }):reshape(count, height, width) % classes + 1
  local set = data(dense)
  local function fit(augment)
    return nj.trainer { model = nj.nn.conv2d(1, classes, 1), loss = nj.losses.cce {}, optimizer = nj.optim.sgd {},
      learning_rate = 1e-6, batch_size = 4, augment = augment }:fit(set, { epochs = 1 })
  end
  t.ok(fit(nj.augmentations.mixup {})[1].train_loss_running < math.huge)
  local message = message_of(function() fit(nj.augmentations.cutmix {}) end)
  t.ok(message:find("augmentation 'cutmix' is for labels of whole images, got labels of shape (4, 4, 5, 3)", 1, true),
    message)
end)

-- Parameters that losses need.
local settings = { class_conditional = {}, transition = false }

test("every loss that takes soft labels trains on mixed ones, and every other one says why it does not", function(t)
  local trained, refused = 0, {}
  for name, make in pairs(nj.losses) do
    local fine, loss = pcall(make, settings[name])
    local form = fine and loss.definition.labels or nil
    if fine and form == nil then
      local message = message_of(function()
        train { loss = loss, augment = { flip = true, nj.augmentations.mixup {} } }
      end)
      if message == "" then
        trained = trained + 1
      else
        refused[#refused + 1] = name
        t.ok(message:find("augmentation 'mixup' makes labels soft, and loss '" .. name
          .. "' takes no soft labels: ", 1, true), message)
      end
    end
  end
  table.sort(refused)
  t.ok(trained >= 30, "only " .. trained .. " losses train")
  t.equal(refused, { "mixup", "tgce_pruned" })
end)

test("every loss trains on images whose labels are kept", function(t)
  local trained = {}
  for name, make in pairs(nj.losses) do
    local fine, loss = pcall(make, settings[name])
    if fine and loss.definition.labels == nil then
      train { loss = loss, augment = { flip = true, nj.augmentations.cutout { size = 2 } } }
      trained[name] = true
    end
  end
  t.ok(trained.mixup and trained.tgce_pruned)
end)

test("labels that are kept are classes for the loss, unless others are mixed", function(t)
  local function shown(...)
    local seen
    local loss = nj.loss { name = "own", soft = true, forward = function(_, logits, labels, batch)
      seen = batch.training and labels:dtype() .. " " .. labels:rank() or seen
      return -logits:log_softmax():pick(labels)
    end }
    train { loss = loss {}, augment = { ... } }
    return seen
  end
  local cutout, mixup = nj.augmentations.cutout { size = 2 }, nj.augmentations.mixup {}
  t.equal(shown(cutout), "int32 1")
  t.equal(shown(cutout, cutout), "int32 1")
  t.equal(shown(cutout, mixup), "float32 2")
  t.equal(shown(mixup, cutout), "float32 2")
end)

test("an augmentation that keeps labels gives them back", function(t)
  local liar = nj.augmentation { name = "liar", keeps_labels = true, forward = function(_, batch)
    return batch.inputs, batch.labels:flip(2)
  end }
  local message = message_of(function() train { augment = liar {} } end)
  t.ok(message:find("augmentation 'liar' says that it keeps labels, and returned ", 1, true), message)
end)

test("a loss that takes no soft labels is refused where the trainer is made, in full", function(t)
  local own = nj.loss { name = "own", reduction = "batch", forward = function(_, z) return z:mean() end } {}
  local reason = "takes no soft labels: it is no function of single labels (one number a batch); declare "
    .. "soft = function(self, logits, labels, batch) ... end to say what they mean"
  for _, augment in ipairs { nj.augmentations.mixup {}, { nj.augmentations.mixup {} } } do
    t.equal(message_of(function() train { loss = own, augment = augment } end),
      "augmentation 'mixup' makes labels soft, and loss 'own' " .. reason)
  end
  t.equal(message_of(function() train { loss = nj.losses.cce {} + own, augment = nj.augmentations.cutmix {} } end),
    "augmentation 'cutmix' makes labels soft, and loss 'own' " .. reason)
end)

test("what is no augmentation is refused, in full", function(t)
  t.equal(message_of(function() train { augment = nj.augmentations.mixup } end),
    "'augment' of nj.trainer is a table such as { crop = 4, flip = true, nj.augmentations.mixup {} }, an augmentation, "
    .. "or a function that gets inputs and returns them changed, got the definition of augmentation 'mixup': call it "
    .. "with its parameters first, as in mixup {}")
  t.equal(message_of(function() train { augment = { 3 } } end),
    "entry 1 of 'augment' of nj.trainer must be an augmentation, for example nj.augmentations.mixup {}, or a function, "
    .. "of which there is one, got a number")
  t.equal(message_of(function() train { augment = { crops = 1, nj.augmentations.mixup {} } } end),
    "'augment' of nj.trainer has no field 'crops': did you mean 'crop'?\n  fields are crop, flip")
  t.equal(message_of(function() return nj.augmentations.mixup { alpha = 0 } end),
    "parameter 'alpha' of augmentation 'mixup' must be at least 0.001, got 0")
  t.ok(message_of(function()
    nj.trainer { model = nj.nn.linear(2, 2), loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.1,
      augment = nj.augmentations.cutmix {} }:fit(nj.data.from_tensors { inputs = nj.ones(2, 2),
        labels = nj.tensor { 1, 2 }, classes = 2 }, { epochs = 1 })
  end):find("augmentation 'cutmix' is for images (n, height, width, channels), got inputs of shape (2, 2)", 1, true))
end)

test("an augmentation of a script's own gets samples, partners and draws, and what it returns is looked at", function(t)
  local seen = {}
  local function own(forward)
    return nj.augmentation { name = "own", params = { most = { default = 2, min = 0 } }, forward = forward }
  end
  local scale = own(function(self, batch, other, draw)
    seen.batch = { batch.classes, batch.epoch, batch.inputs:shape(), batch.labels:shape(), batch.indices:dtype() }
    seen.other = { other.inputs:shape(), other.labels:shape() }
    local factor = draw:uniform(1, self.most)
    seen.draws = { draw:normal():shape(), draw:beta(1, 2):dtype(), factor:min():item() >= 1, factor:max():item() < 2 }
    t.error(function() return draw.gamma end, nil)
    return batch.inputs * factor:reshape(factor:numel(), 1, 1, 1), batch.labels
  end)
  train { augment = scale {}, batch_size = 6 }
  t.equal(seen.batch, { classes, 1, { 6, 4, 5, 1 }, { 6, 3 }, "int32" })
  t.equal(seen.other, { { 6, 4, 5, 1 }, { 6, 3 } })
  t.equal(seen.draws, { { 6 }, "float32", true, true })
  local wrong = {
    { function(_, batch) return batch.inputs end, "forward of augmentation 'own' returned nothing for the labels: it "
      .. "must return inputs and labels, both tensors" },
    { function(_, batch) return 3, batch.labels end, "forward of augmentation 'own' returned a number for the inputs: "
      .. "it must return inputs and labels, both tensors" },
    { function(_, batch) return batch.inputs, batch.labels * 2 end, "augmentation 'own' returned labels that are none: "
      .. "soft labels at position 1 sum to 2, not to 1" },
    { function(_, batch) return batch.inputs, batch.labels - 1 end, "augmentation 'own' returned labels that are none: "
      .. "soft label -1 at position (1, " },
    { function(_, batch) return batch.inputs:sum(-1), batch.labels end, "augmentation 'own' must give back inputs of "
      .. "the shape and type that it gets, (4, 4, 5, 1) of float32, got (4, 4, 5) of float32" },
    { function(_, batch) return batch.inputs:double(), batch.labels end, "augmentation 'own' must give back inputs of "
      .. "the shape and type that it gets, (4, 4, 5, 1) of float32, got (4, 4, 5, 1) of float64" },
    { function(_, batch, _, draw) return batch.inputs * draw:beta(0, 1), batch.labels end, "draw:beta needs alpha "
      .. "finite and above 0, got 0" },
    { function(_, batch, _, draw) return batch.inputs, draw:exponential() end, "draw has no 'exponential'\n  it has "
      .. "uniform, normal, beta" },
  }
  for _, case in ipairs(wrong) do
    local message = message_of(function() train { augment = own(case[1]) {} } end)
    t.ok(message:find(case[2], 1, true), message)
  end
end)
