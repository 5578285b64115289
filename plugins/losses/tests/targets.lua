-- Labels that are soft, left out or dense, in every loss that there is: against plain sums over labels, against the
-- batch without the rows left out, against rows one after the other, and against PyTorch.
local nj = require "nightjar"
local test = require "nightjar.test"
local golden = require "data.targets_golden"

local rows, classes = 8, 4

local function float64(values)
  return nj.tensor(values, { dtype = "float64" })
end

local function int(values)
  return nj.tensor(values, { dtype = "int32" })
end

local logits = nj.randn({ rows, classes }, { seed = 21, name = "logits", dtype = "float64" }):copy()
local other = nj.randn({ rows, classes }, { seed = 22, name = "other", dtype = "float64" }):copy()
local soft = (nj.randn({ rows, classes }, { seed = 23, name = "soft", dtype = "float64" }) * 2):softmax():copy()
local labels = int { 1, 2, 3, 4, 2, 1, 4, 3 }
-- 0 stands for no label.
local some = int { 1, 0, 3, 4, 0, 1, 0, 3 }
local kept = int { 1, 3, 4, 6, 8 }

-- A batch whose inputs are logits: the model is the identity.
local function batch_of(inputs, fields)
  local count = inputs:size(1)
  local batch = {
    indices = (nj.arange(count, { dtype = "int32" }) + 1), epoch = 100, step = 1, count = count, training = true,
    inputs = inputs, views = { other:narrow(1, 1, count) },
    draws = { { inputs = other:narrow(1, 1, count), labels = labels:narrow(1, 1, count) },
      { inputs = inputs, labels = labels:flip():narrow(1, 1, count) } },
    model = function(given) return given end, outputs = { inputs, other:narrow(1, 1, count) },
  }
  for name, value in pairs(fields or {}) do
    batch[name] = value
  end
  return batch
end

local function make(definition, extra)
  local parameters = extra or {}
  for name, value in pairs(definition.example or {}) do
    parameters[name] = value
  end
  local loss = definition(parameters)
  if definition.state then
    loss:prepare { samples = 64, classes = classes, dtype = "float64" }
  end
  return loss
end

local function distance(a, b)
  return (a - b):abs():max():item()
end

local function values_and_gradient(f, z)
  local value, gradient = nj.value_and_grad(function(x) return f(x):sum() end, z)
  return f(z), gradient, value
end

-- Not the mean over labels: determinants of a whole batch, and choices of samples that the mean decides.
local own_meaning = { dmi = true, cores2 = true, co_teaching = true }
local names = {}
for name, definition in pairs(nj.losses) do
  if definition.labels ~= "binary" then
    names[#names + 1] = name
  end
end

test("there are losses to try", function(t)
  t.ok(#names >= 37)
end)

for _, name in ipairs(names) do
  local definition = nj.losses[name]
  local takes_soft = type(definition.soft) ~= "string"

  if takes_soft then
    test(name .. " of rows that are sure is that of their labels", function(t)
      local sure = labels:one_hot(classes, { dtype = "float64" })
      nj.manual_seed(3)
      local hard, hard_gradient = values_and_gradient(function(z) return make(definition)(z, labels, batch_of(z)) end,
        logits)
      nj.manual_seed(3)
      local one, gradient = values_and_gradient(function(z)
        return make(definition)(z, sure, batch_of(z, { training = name ~= "nlnl" }))
      end, logits)
      if name == "nlnl" then
        -- It draws; the mean over its draws is what evaluation gets.
        hard, hard_gradient = values_and_gradient(function(z)
          return make(definition)(z, labels, batch_of(z, { training = false }))
        end, logits)
      end
      t.ok(distance(hard, one) < 1e-12)
      t.ok(distance(hard_gradient, gradient) < 1e-12)
    end)
  else
    test(name .. " says why it takes no soft labels", function(t)
      t.error_with(function() make(definition)(logits, soft, batch_of(logits)) end,
        "loss '" .. name .. "' takes no soft labels: " .. definition.soft)
    end)
  end

  if takes_soft and not own_meaning[name] then
    test(name .. " of soft labels is the mean over labels", function(t)
      local evaluation = { training = name ~= "nlnl" and name ~= "elr" }
      local function plain(z)
        local total = 0
        for class = 1, classes do
          local all = nj.full({ rows }, class, { dtype = "int32" })
          total = total + soft:narrow(2, class, 1):squeeze(-1) * make(definition)(z, all, batch_of(z, evaluation))
        end
        return total
      end
      local expected, gradient = values_and_gradient(plain, logits)
      local found, own = values_and_gradient(function(z)
        return make(definition)(z, soft, batch_of(z, evaluation))
      end, logits)
      t.ok(distance(found, expected) < 1e-12)
      t.ok(distance(own, gradient) < 1e-12)
    end)
  end

  local evaluation = { training = name ~= "nlnl" and name ~= "mixup" }

  test(name .. " with labels left out is that of the others alone", function(t)
    local is_batch = definition.reduction == "batch"
    local function whole(z)
      return make(definition, { ignore = 0 })(z, some, batch_of(z, evaluation))
    end
    local function alone(z)
      local part = z:index(1, kept)
      local batch = batch_of(logits, evaluation)
      batch.indices, batch.inputs, batch.count = batch.indices:index(1, kept), part, 5
      batch.views[1] = batch.views[1]:index(1, kept)
      batch.outputs = { part, other:index(1, kept) }
      for i, draw in ipairs(batch.draws) do
        batch.draws[i] = { inputs = draw.inputs:narrow(1, 1, 5), labels = draw.labels:narrow(1, 1, 5) }
      end
      return make(definition)(part, some:index(1, kept), batch)
    end
    local found, gradient = values_and_gradient(whole, logits)
    local expected, own = values_and_gradient(alone, logits)
    if is_batch then
      t.near(found, expected:item(), 1e-12)
    else
      t.ok(distance(found:index(1, kept), expected) < 1e-12)
      t.near(found:index(1, int { 2, 5, 7 }), { 0, 0, 0 }, 0)
    end
    t.ok(distance(gradient, own) < 1e-12)
    t.near(make(definition, { ignore = 0 }):mean(logits, some, batch_of(logits, evaluation)),
      is_batch and expected:item() or expected:mean():item(), 1e-12)
  end)

  test(name .. " does not look at logits of labels left out", function(t)
    local bad = float64 { { 0 / 0, 0, math.huge, -math.huge } }
    local all = {}
    for i = 1, rows do
      all[i] = (i == 2 or i == 5 or i == 7) and bad or logits:narrow(1, i, 1)
    end
    local value, gradient = nj.value_and_grad(function(z)
      return make(definition, { ignore = 0 }):mean(z, some, batch_of(logits, evaluation))
    end, nj.cat(all, 1))
    t.ok(value:isfinite():item())
    t.ok(gradient:isfinite():all():item())
  end)

  test(name .. " of a batch in which everything is left out is 0 without a gradient", function(t)
    local value, gradient = nj.value_and_grad(function(z)
      return make(definition, { ignore = 0 }):mean(z, nj.full({ rows }, 0, { dtype = "int32" }),
        batch_of(z, evaluation))
    end, logits)
    t.equal(value:item(), 0)
    t.equal(gradient:abs():max():item(), 0)
  end)

  test(name .. " with a mask of the batch is that with labels left out", function(t)
    local mask = some:ne(0)
    local found = make(definition)(logits, labels, batch_of(logits, { training = evaluation.training, keep = mask }))
    local expected = make(definition, { ignore = 0 })(logits, nj.where(mask, labels, 0), batch_of(logits, evaluation))
    t.ok(distance(found, expected) < 1e-12)
  end)

  if not definition.state and not (definition.needs and definition.needs.draws) then
    test(name .. " of dense labels is that of all places in a row", function(t)
      for _, ignore in ipairs { 0, 99 } do
        local given = ignore == 0 and some or labels
        local plain = make(definition, { ignore = ignore })(logits, given, batch_of(logits, evaluation))
        local pictures = logits:reshape(2, 2, 2, classes)
        local batch = batch_of(pictures, evaluation)
        batch.views = { other:reshape(2, 2, 2, classes) }
        batch.outputs = { pictures, batch.views[1] }
        local found = make(definition, { ignore = ignore })(pictures, given:reshape(2, 2, 2), batch)
        t.equal(found:shape(), definition.reduction == "batch" and {} or { 2, 2, 2 })
        t.ok(distance(found:reshape(found:numel()), plain:reshape(plain:numel())) < 1e-12)
      end
    end)
  elseif definition.state then
    test(name .. " remembers samples and takes no dense labels", function(t)
      t.error_with(function()
        make(definition)(logits:reshape(2, 2, 2, classes), labels:reshape(2, 2, 2), batch_of(logits))
      end, "loss '" .. name .. "' remembers samples and takes one label a sample: labels of shape (2, 2, 2) have many")
    end)
  end
end

-- ---- Sums and weights -----------------------------------------------------------------------------------------------

test("sums leave out what their parts do, and take soft and dense labels", function(t)
  local both = 0.5 * nj.losses.cce { ignore = 0 } + nj.losses.mae {}
  local cce, mae = nj.losses.cce {}, nj.losses.mae {}
  t.ok(distance(both(logits, some):index(1, kept),
    (0.5 * cce(logits, labels) + mae(logits, labels)):index(1, int { 1, 3, 4, 6, 8 })) < 1e-12)
  t.near(both(logits, some):index(1, int { 2, 5, 7 }), { 0, 0, 0 }, 0)
  t.ok(distance(both(logits, soft), 0.5 * cce(logits, soft) + mae(logits, soft)) < 1e-12)
  t.equal(both(logits:reshape(2, 4, classes), some:reshape(2, 4)):shape(), { 2, 4 })
  t.error_with(function() return nj.losses.cce { ignore = 0 } + nj.losses.mae { ignore = 9 } end,
    "loss 'cce + mae': its parts leave out different labels, 0 and 9")
  t.error_with(function() return nj.losses.cce {} + nj.losses.bce {} end,
    "loss 'cce' is for labels of classes, loss 'bce' for labels 0 and 1: they have no labels in common")
end)

test("weights of classes and samples go with labels left out and with soft ones", function(t)
  local weights = { 1, 2, 3, 0 }
  local loss = nj.weighted(nj.losses.cce { ignore = 0 }, { classes = weights, normalize = true })
  local factors = float64 { 1, 0, 3, 0, 0, 1, 0, 3 }
  local plain = nj.losses.cce {}(logits, labels)
  -- PyTorch's mean: the sum of weighted losses over the sum of weights.
  t.near(loss:mean(logits, some), ((plain * factors):sum() / factors:sum()):item(), 1e-12)
  local samples = nj.weighted(nj.losses.cce { ignore = 0 }, { samples = { 1, 2, 3, 4, 5, 6, 7, 8 } })
  t.near(samples(logits, some, batch_of(logits)), (plain * float64 { 1, 0, 3, 4, 0, 6, 0, 8 }):totable(), 1e-12)
  local rest = nj.weighted(nj.losses.gce {}, { classes = weights })
  local total = 0
  for class = 1, classes do
    total = total + soft:narrow(2, class, 1):squeeze(-1) * weights[class]
      * nj.losses.gce {}(logits, nj.full({ rows }, class, { dtype = "int32" }))
  end
  t.ok(distance(rest(logits, soft), total) < 1e-12)
end)

-- ---- PyTorch --------------------------------------------------------------------------------------------------------

local weights = golden.weights
local zero = { ignore = 0 }
local cases = {
  soft = { nj.losses.cce {}, golden.logits, float64(golden.soft) },
  soft_weighted = { nj.weighted(nj.losses.cce {}, { classes = weights }), golden.logits, float64(golden.soft) },
  soft_smoothed = { nj.losses.ls { r = 0.1 }, golden.logits, float64(golden.soft) },
  ignore = { nj.losses.cce(zero), golden.logits, int(golden.labels), mean = true },
  ignore_each = { nj.losses.cce(zero), golden.logits, int(golden.labels) },
  dense = { nj.losses.cce(zero), golden.dense_logits, int(golden.dense_labels), mean = true },
  dense_each = { nj.losses.cce(zero), golden.dense_logits, int(golden.dense_labels) },
  dense_soft = { nj.losses.cce {}, golden.dense_logits, float64(golden.dense_soft), mean = true },
  bce = { nj.losses.bce {}, golden.logits, int(golden.multi) },
  bce_soft = { nj.losses.bce {}, golden.logits, float64(golden.soft) },
  bce_weighted = { nj.losses.bce { pos_weight = weights }, golden.logits, int(golden.multi) },
  bce_single = { nj.losses.bce {}, float64(golden.logits):narrow(2, 1, 1):squeeze(-1):totable(), int(golden.sides) },
  focal = { nj.losses.binary_focal {}, golden.logits, int(golden.multi) },
}

for name, expected in pairs(golden.results) do
  test(name .. " is PyTorch's", function(t)
    local case = cases[name]
    local z = float64(case[2])
    t.near(case.mean and case[1]:mean(z, case[3]) or case[1](z, case[3]), expected.value, 1e-12)
    if expected.gradient then
      t.near(nj.grad(function(x) return case[1]:mean(x, case[3]) end, z), expected.gradient, 1e-12)
    end
  end)
end

-- ---- Labels 0 and 1 -------------------------------------------------------------------------------------------------

for _, name in ipairs { "bce", "binary_focal" } do
  test(name .. " leaves labels out, takes pictures and one label a sample", function(t)
    local loss, plain = nj.losses[name] { ignore = 255 }, nj.losses[name] {}
    local z, y = float64 { { 1, -2, 0.5 }, { 3, 0, -1 } }, int { { 1, 255, 0 }, { 255, 0, 1 } }
    local clean = plain(z, int { { 1, 0, 0 }, { 0, 0, 1 } })
    t.near(loss(z, y), (clean * float64 { { 1, 0, 1 }, { 0, 1, 1 } }):totable(), 1e-12)
    t.near(loss:mean(z, y), (clean * float64 { { 1, 0, 1 }, { 0, 1, 1 } }):sum():item() / 4, 1e-12)
    t.equal(plain(z:unsqueeze(-1), int { { 1, 0, 0 }, { 0, 0, 1 } }):shape(), { 2, 3 })
    t.near(plain(z:reshape(6, 1), int { 1, 0, 0, 0, 0, 1 }), clean:reshape(6):totable(), 1e-12)
    t.equal(loss:mean(z, nj.full({ 2, 3 }, 255, { dtype = "int32" })):item(), 0)
  end)

  test(name .. " has the gradient that differences show, also of labels between, and is finite far out", function(t)
    local loss = nj.losses[name] {}
    for _, order in ipairs { 1, 2 } do
      local good, report = nj.gradcheck(function(z) return loss(z, soft) end, logits,
        { order = order, tolerance = 1e-7, raise = false })
      t.ok(good, ("off by %g"):format(report.error))
    end
    for _, dtype in ipairs { "float32", "float64" } do
      local far = nj.tensor({ 1e4, -1e4, 700, -700, 88, -88, 0, 0 }, { dtype = dtype })
      for _, label in ipairs { 0, 1 } do
        local value, gradient = nj.value_and_grad(function(z)
          return loss(z, nj.full({ 8 }, label, { dtype = "int32" })):sum()
        end, far)
        t.ok(value:isfinite():item() and gradient:isfinite():all():item(), dtype)
      end
    end
  end)
end

-- ---- Mistakes -------------------------------------------------------------------------------------------------------

test("labels that do not fit are named with their position", function(t)
  local function message(f)
    local fine, text = pcall(f)
    return fine and "" or (text:gsub("^[^:]*:%d+: ", ""))
  end
  local cce, bce, z = nj.losses.cce { ignore = 0 }, nj.losses.bce {}, nj.zeros(2, 2)
  local several = "\n  labels of the logits' shape are rows of probabilities; for several labels a sample there is "
    .. "nj.losses.bce, and a loss of your own declares labels = \"binary\" or \"any\""
  local mistakes = {
    { function() cce(z, nj.tensor { { 0.5, 0.5 }, { 0.5, 0.75 } }) end,
      "loss 'cce': soft labels at position 2 sum to 1.25, not to 1" .. several },
    { function() cce(z, nj.tensor { { 1.5, -0.5 }, { 0.5, 0.5 } }) end,
      "loss 'cce': soft label -0.5 at position (1, 2) is no probability" .. several },
    { function() cce(z, nj.tensor { { 0.5, 0.5 }, { 0 / 0, 0.5 } }) end,
      "loss 'cce': soft label nan at position (2, 1) is no probability" .. several },
    { function() cce(z, int { { 1, 1 }, { 0, 1 } }) end,
      "loss 'cce': soft labels at position 1 sum to 2, not to 1" .. several },
    { function() cce(z, int { 0, 3 }) end, "label 3 at position 2 is out of range: labels go from 1 to 2" },
    { function() cce(nj.zeros(1, 2, 2, 3), int { { { 1, 0 }, { 3, 4 } } }) end,
      "label 4 at position (1, 2, 2) is out of range: labels go from 1 to 3" },
    { function() cce(z, int { 1, 2 }, { keep = int { 1, 1 } }) end,
      "'keep' of a batch is a bool mask of the labels' shape (2), got int32 of shape (2)" },
    { function() bce(z, nj.tensor { { 0, 1 }, { 1.5, 0 } }) end,
      "loss 'bce': label 1.5 at position (2, 1) is not from 0 to 1" },
    { function() bce(z, nj.tensor { 0, 1 }) end,
      "loss 'bce' got logits of shape (2, 2) and labels of shape (2): there must be one label a logit" },
    { function() nj.losses.bce { pos_weight = { 1, 2, 3 } } (z, z) end,
      "loss 'bce': pos_weight has 3 numbers, and there are 2 labels a sample" },
    { function() nj.losses.bce { pos_weight = -1 } end,
      "loss 'bce': pos_weight must be above 0 and at most 1e6, got -1" },
    { function() nj.losses.cce { ignore = 1.5 } end,
      "parameter 'ignore' of loss 'cce' must be an integer, got 1.5" },
  }
  for _, case in ipairs(mistakes) do
    t.equal(message(case[1]), case[2])
  end
end)

test("soft labels need no more than what float32 rounds", function(t)
  local third = nj.tensor { { 1 / 3, 1 / 3, 1 / 3 } }
  t.near(nj.losses.cce {}(nj.zeros({ 1, 3 }, { dtype = "float64" }), third:double()), { math.log(3) }, 1e-6)
  -- A masked class has no share, and costs nothing.
  local z = nj.tensor { { 0, 0, -math.huge } }
  local value, gradient = nj.value_and_grad(function(x)
    return nj.losses.cce {}(x, nj.tensor { { 0.5, 0.5, 0 } }):sum()
  end, z)
  t.near(value, math.log(2), 1e-6)
  t.near(gradient, { { 0, 0, 0 } }, 1e-6)
end)

test("a loss with labels of its own gets them as they are", function(t)
  local ranking = nj.loss {
    name = "ranking", labels = "any",
    forward = function(_, z, targets) return (z * targets):sum(-1) end,
  } {}
  t.near(ranking(nj.ones(2, 2), nj.tensor { { 3, 4 }, { 5, 6 } }), { 7, 11 })
  t.error_with(function() nj.loss { name = "odd", labels = "soft", forward = print } end,
    "'labels' of a loss is \"classes\", \"binary\" or \"any\", got \"soft\"")
end)

-- ---- Mixup ----------------------------------------------------------------------------------------------------------

test("mixup is the mean of the losses of both labels on inputs mixed by one share", function(t)
  local seen = {}
  local batch = batch_of(logits)
  batch.model = function(inputs)
    seen[#seen + 1] = inputs
    return inputs
  end
  nj.manual_seed(2)
  local values = nj.losses.mixup { alpha = 1, loss = "gce" } (logits, labels, batch)
  local draw = batch.draws[1]
  local share = ((seen[1] - draw.inputs) / (logits - draw.inputs)):mean():item()
  t.ok(share > 0 and share < 1)
  local gce = nj.losses.gce {}
  t.near(values, (share * gce(seen[1], labels) + (1 - share) * gce(seen[1], draw.labels)):totable(), 1e-9)
  t.near(values, gce(seen[1], share * labels:one_hot(classes, { dtype = "float64" })
    + (1 - share) * draw.labels:one_hot(classes, { dtype = "float64" })):totable(), 1e-9)
end)

test("mixup trains", function(t)
  local data = nj.data.load("digits").train:first(256)
  local trainer = nj.trainer {
    model = nj.models.mlp { inputs = 64, hidden = { 16 }, classes = 10 }, loss = nj.losses.mixup { alpha = 0.4 },
    optimizer = nj.optim.adam {}, learning_rate = 0.01, batch_size = 32,
  }
  local records = trainer:fit(data, { epochs = 4 })
  t.ok(records[4].loss < 1)
end)

-- ---- The trainer ----------------------------------------------------------------------------------------------------

test("the trainer refuses a loss whose labels the data set does not have, alone and as a part", function(t)
  local data = nj.data.load("digits").train:first(8)
  local several = data:with_labels(nj.ones({ 8, 10 }), { kind = "binary" })
  local function refuses(set, loss, expected)
    t.error_with(function()
      nj.trainer {
        model = nj.models.mlp { inputs = 64, hidden = { 4 }, classes = 10 }, loss = loss, optimizer = nj.optim.sgd {},
        learning_rate = 0.1,
      }:fit(set, { epochs = 1 })
    end, expected)
  end
  refuses(data, nj.losses.bce {} + nj.losses.binary_focal {}, "loss 'bce + binary_focal' is for labels 0 and 1 of "
    .. "every logit, and data set 'digits/train' has one of 10 classes a sample: give it such labels with "
    .. "data:with_labels(labels, { kind = \"binary\" })")
  refuses(several, nj.weighted(nj.losses.mae { ignore = 0 }, { samples = { 1, 2 } }), "loss 'weighted(mae)' is for "
    .. "labels of classes, and data set 'digits/train' has labels 0 and 1 for each of (10) places: take a loss for "
    .. "these, such as nj.losses.bce {}, or give classes from 1 to their number")
  refuses(data:with_labels(nj.full({ 8, 10 }, 0.1)), nj.losses.tgce_pruned {},
    "loss 'tgce_pruned' takes no soft labels: it chooses samples by the probability of their one label")
end)

test("weights that are brought to a mean of 1 are so for soft labels and without labels left out", function(t)
  local by_class = float64 { 1, 2, 3, 6 }
  local loss = nj.weighted(nj.losses.mae {}, { classes = by_class, normalize = true })
  local shares = soft * by_class:expand(rows, classes)
  local total = shares:sum(-1)
  local each = nj.losses.mae {}(logits, shares / total:unsqueeze(-1):expand(rows, classes))
  t.near(loss(logits, soft), (total / total:mean() * each):totable(), 1e-9)
  local ignoring = nj.weighted(nj.losses.mae { ignore = 0 }, { classes = by_class, normalize = true })
  t.near(ignoring(logits, some):index(1, kept),
    loss(logits:index(1, kept), some:index(1, kept)):totable(), 1e-9)
end)
