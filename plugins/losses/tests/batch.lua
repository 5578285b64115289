-- Losses that see more than logits and labels: values and gradients made with PyTorch, what they remember, when they
-- change in the course of training, and batches that are of no use to them.
local nj = require "nightjar"
local test = require "nightjar.test"
local golden = require "data.batch_golden"

local function float64(values)
  return nj.tensor(values, { dtype = "float64" })
end

local function int(values)
  return nj.tensor(values, { dtype = "int32" })
end

local logits, other = float64(golden.logits), float64(golden.other)
local labels, third = int(golden.labels), int(golden.third)
local rows, classes = logits:size(1), logits:size(2)
local indices = (nj.arange(rows) + 1):int()

-- A batch whose further inputs are logits: the model is the identity.
local function batch_of(fields)
  local batch = {
    indices = indices, epoch = 1, step = 1, count = rows, training = true, inputs = logits, views = { other },
    draws = { { inputs = other, labels = labels }, { inputs = logits, labels = third } }, outputs = { logits, other },
    model = function(inputs) return inputs end,
  }
  for name, value in pairs(fields or {}) do
    batch[name] = value
  end
  return batch
end

local cases = {
  dmi = { nj.losses.dmi { samples = 3 } },
  elr = { nj.losses.elr { lambda = 3, beta = 0.7 } },
  peer = { nj.losses.peer { alpha = 0.75 }, { epoch = 100 } },
  cores2_epoch_25 = { nj.losses.cores2 {}, { epoch = 25 } },
  cores2_epoch_60 = { nj.losses.cores2 {}, { epoch = 60 } },
  gjs = { nj.losses.gjs { w = 0.3 } },
  tgce_pruned = { nj.losses.tgce_pruned {} },
}

-- What it remembers as the golden values assume.
local function prepared(loss, state)
  if rawget(loss, "remembered") then
    loss:prepare { samples = rows, classes = classes, dtype = "float64" }
    for name, value in pairs(state) do
      loss[name] = value
    end
  end
  return loss
end

local keep = {}
for i = 1, rows do
  keep[i] = i % 2
end
local states = { elr = { targets = float64(golden.targets) }, tgce_pruned = { keep = float64(keep) } }

for name, case in pairs(cases) do
  local expected = golden[name]
  local function value(z, second)
    local loss = prepared(case[1], states[name] or {})
    local batch = batch_of(case[2])
    batch.views, batch.draws[1].inputs = { second }, second
    return loss(z, labels, batch)
  end

  test(name .. " has the values and the gradient of the authors' formula", function(t)
    local values = value(logits, other)
    t.near(type(expected.value) == "number" and values:mean() or values, expected.value, 1e-10)
    local _, gradients = nj.value_and_grad(function(both) return value(both[1], both[2]):mean() end, { logits, other })
    t.near(gradients[1], expected.gradient, 1e-10)
    if expected.other_gradient then
      t.near(gradients[2], expected.other_gradient, 1e-10)
    end
  end)

  -- The running mean of elr moves with the logits and is held fixed: differences see it.
  if name ~= "elr" then
    test(name .. " has the gradient that differences show", function(t)
      t.ok(nj.gradcheck(function(both) return value(both[1], both[2]) end, { logits, other }))
    end)
  end
end

test("elr has the gradient that differences show where its running mean does not move", function(t)
  t.ok(nj.gradcheck(function(z)
    return prepared(cases.elr[1], states.elr)(z, labels, batch_of { training = false })
  end, logits))
end)

test("elr remembers the running mean of each sample it sees, and only those", function(t)
  local loss = prepared(nj.losses.elr {}, states.elr)
  loss(logits, labels, batch_of())
  t.near(loss.targets, golden.moved, 1e-12)
  local before = loss.targets:copy()
  loss(logits, labels, batch_of { training = false })
  t.near(loss.targets, before:totable(), 0)
  local two = { indices = int { 5, 2 }, training = true, epoch = 1 }
  loss(logits:narrow(1, 1, 2), labels:narrow(1, 1, 2), two)
  local changed = (loss.targets - before):abs():sum(-1):gt(0):totable()
  for i = 1, rows do
    t.equal(changed[i], i == 5 or i == 2)
  end
end)

test("tgce_pruned chooses samples in the epochs that it should, and holds on to them", function(t)
  local loss = prepared(nj.losses.tgce_pruned { start = 3, every = 2 }, {})
  local function kept(epoch, z)
    loss(z, labels, batch_of { epoch = epoch })
    return loss.keep:sum():item()
  end
  local sure = 20 * labels:one_hot(classes, { dtype = "float64" })
  t.equal(kept(1, -sure), rows)
  t.equal(kept(3, -sure), 0)
  t.equal(kept(4, sure), 0)
  t.equal(kept(5, sure), rows)
end)

test("peer and cores2 are cross-entropy while they warm up", function(t)
  local ce = nj.losses.cce {}(logits, labels):totable()
  t.near(nj.losses.cores2 {}(logits, labels, batch_of { epoch = 10 }), ce, 1e-12)
  t.near(nj.losses.peer { floor = 1e-12 }(logits, labels, batch_of { epoch = 20 }), ce, 1e-9)
end)

test("the weight of peer grows in equal steps", function(t)
  local loss = nj.losses.peer { warm_up = 2, ramp = 3 }
  local function at(epoch)
    return loss(logits, labels, batch_of { epoch = epoch }):mean():item()
  end
  local base, full = at(2), at(5)
  t.near(at(3), base, 1e-12)
  t.near(at(4), (base + full) / 2, 1e-12)
  t.near(at(50), full, 1e-12)
end)

test("cores2 keeps no sample where all are above the mean, and has no gradient then", function(t)
  local wrong = -20 * labels:one_hot(classes, { dtype = "float64" })
  local loss = nj.losses.cores2 {}
  local value, gradient = nj.value_and_grad(function(z)
    return loss(z, labels, batch_of { epoch = 60 }):mean()
  end, wrong)
  t.equal(value:item(), 0)
  t.equal(gradient:abs():max():item(), 0)
end)

test("dmi is finite and without a gradient for a batch that lacks a class, or is short", function(t)
  local one = nj.ones({ rows }, { dtype = "int32" })
  local value, gradient = nj.value_and_grad(function(z) return nj.losses.dmi { samples = 0 }(z, one) end, logits)
  t.near(value, -math.log(1e-3), 1e-12)
  t.equal(gradient:abs():max():item(), 0)
  local short, none = nj.value_and_grad(function(z) return nj.losses.dmi { samples = 4 }(z, labels) end, logits)
  t.equal(short:item(), 0)
  t.equal(none:abs():max():item(), 0)
end)

test("gjs is bounded, 0 where label and views agree, and as js where both views are the same", function(t)
  local sure = 60 * labels:one_hot(classes, { dtype = "float64" })
  t.near(nj.losses.gjs {}(sure, labels, batch_of { views = { sure } }), nj.zeros({ rows }):totable(), 1e-12)
  local same = nj.losses.gjs { w = 0.4 }(logits, labels, batch_of { views = { logits } })
  t.near(same, nj.losses.js { w = 0.4 }(logits, labels):totable(), 1e-12)
end)

test("a loss that needs more than it gets says what", function(t)
  t.error_with(function() nj.losses.peer {}(logits, labels) end,
    "loss 'peer' needs batch.draws with 2 entries: nj.trainer gives it; without a trainer call "
      .. "loss(logits, labels, { ... }) with it")
  t.error_with(function() (0.5 * nj.losses.gjs {} + nj.losses.cce {})(logits, labels) end,
    "loss 'gjs' needs batch.views with 1 entry")
end)

test("what a loss can need is checked where it is defined", function(t)
  local function define(needs)
    return function() nj.loss { name = "mine", forward = function() end, needs = needs } end
  end
  t.error_with(define { view = 1 }, "'needs' of loss 'mine' has no field 'view': did you mean 'views'?")
  t.error_with(define { draws = "2" }, "'draws' in 'needs' of loss 'mine' is a whole number, 0 or more, got \"2\"")
end)
