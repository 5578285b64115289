local nj = require "nightjar"
local test = require "nightjar.test"

local inputs = nj.randn({ 12, 3 }, { seed = 5 })
local labels = nj.tensor({ 1, 2, 1, 2, 2, 1, 1, 2, 2, 1, 2, 1 }, { dtype = "int32" })
local data = nj.data.from_tensors { name = "twelve", inputs = inputs, labels = labels, classes = 2 }

-- Three steps an epoch.
local function trainer_with(callbacks, options)
  local model = nj.nn.sequential { nj.nn.linear(3, 2) }
  model:initialize(3)
  local fields = {
    model = model, loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.1, batch_size = 4,
    callbacks = callbacks,
  }
  for name, value in pairs(options or {}) do
    fields[name] = value
  end
  return nj.trainer(fields)
end

local function train(callbacks, epochs, options)
  local trainer = trainer_with(callbacks, options)
  local records, ending = trainer:fit(data, { epochs = epochs or 1 })
  return records, ending, trainer
end

local function callback(fields)
  fields.name = fields.name or "own"
  return nj.callback(fields) {}
end

local events = { "on_start", "on_batch", "on_gradient", "on_step", "on_evaluate", "on_epoch", "on_end" }

test("events come in their order", function(t)
  local seen, fields = {}, {}
  for _, event in ipairs(events) do
    fields[event] = function(_, _, _, training)
      seen[#seen + 1] = event .. " " .. training.step
    end
  end
  train({ callback(fields) }, 2, { batch_size = 6, evaluation_interval = 2 })
  t.equal(table.concat(seen, ", "), table.concat({
    "on_start 0", "on_batch 1, on_gradient 1, on_step 1", "on_batch 2, on_gradient 2, on_step 2", "on_epoch 2",
    "on_batch 3, on_gradient 3, on_step 3", "on_batch 4, on_gradient 4, on_step 4", "on_evaluate 4", "on_epoch 4",
    "on_end 4",
  }, ", "))
end)

test("several callbacks are told in the order of the list", function(t)
  local seen = {}
  local function one(name)
    return callback { name = name, on_step = function() seen[#seen + 1] = name end }
  end
  train({ one "a", one "b" }, 1, { batch_size = 12 })
  t.equal(seen, { "a", "b" })
end)

test("what is told is what training says elsewhere", function(t)
  local told, steps = {}, {}
  local records = train({ callback {
    on_start = function(_, outline) told.start = { outline.epochs, outline.steps_per_epoch } end,
    on_step = function(_, step) steps[#steps + 1] = step.loss end,
    on_evaluate = function(_, record) told.j1 = record.j1 end,
    on_epoch = function(_, record, _, training)
      told.same = training.record.loss == record.loss and training.evaluation.j1 == record.j1
    end,
    on_end = function(_, ending) told.ending = ending end,
  } }, 2)
  t.equal(told.start, { 2, 3 })
  t.equal(told.j1, records[2].j1)
  t.ok(told.same)
  t.near((steps[4] + steps[5] + steps[6]) / 3, records[2].train_loss_running, 1e-6)
  t.equal(told.ending, { epoch = 2, status = "completed", step = 6 })
end)

test("a learning rate that is set is that of the steps to come, until it is given back", function(t)
  local rates = {}
  train({ callback {
    on_step = function(_, step, _, training)
      rates[#rates + 1] = step.learning_rate
      if step.step == 1 then training.learning_rate = 0.5 end
      if step.step == 3 then training.learning_rate = nil end
    end,
  } }, 2)
  t.equal(rates, { 0.1, 0.5, 0.5, 0.1, 0.1, 0.1 })
end)

test("a rate of 0 that is set before a step leaves the weights as they are", function(t)
  local trainer = trainer_with { callback {
    on_batch = function(_, _, _, training) training.learning_rate = 0 end,
  } }
  local before = trainer.model:parameters()
  trainer:fit(data, { epochs = 1 })
  for path, value in pairs(trainer.model:parameters()) do
    t.equal(value, before[path])
  end
end)

test("what is put into a batch is what is trained on", function(t)
  -- One full batch: gradients of a linear model with cross-entropy by hand.
  local other = callback {
    on_batch = function(_, batch)
      batch.inputs = batch.inputs * 2 + 1
      batch.labels = 3 - batch.labels
    end,
  }
  local _, _, trainer = train({ other }, 1, { batch_size = 12 })
  local model = nj.nn.sequential { nj.nn.linear(3, 2) }
  model:initialize(3)
  local weights = model:parameters()
  local w, b = weights["layers.1.weight"], weights["layers.1.bias"]
  local x, y = inputs * 2 + 1, 3 - labels
  local p = (x:matmul(w) + b):softmax()
  local delta = (p - y:one_hot(2):to("float32")) / 12
  t.near(trainer.model:parameters()["layers.1.weight"], w - 0.1 * x:t():matmul(delta), 1e-5)
  t.near(trainer.model:parameters()["layers.1.bias"], b - 0.1 * delta:sum(1), 1e-5)
end)

test("indices say which samples a batch has", function(t)
  local seen = {}
  train({ callback {
    on_batch = function(_, batch)
      for i, index in ipairs(batch.indices:totable()) do
        seen[#seen + 1] = index
        t.equal(batch.labels:totable()[i], labels:totable()[index])
      end
    end,
  } })
  table.sort(seen)
  t.equal(seen, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 })
end)

test("soft labels that mixup makes can be replaced by soft labels", function(t)
  local records = train({ callback {
    on_batch = function(_, batch)
      batch.labels = batch.labels * 0 + 0.5
    end,
  } }, 1, { augment = nj.augmentations.mixup { alpha = 0.4 }, learning_rate = 0, batch_size = 12 })
  local trainer = trainer_with({}, { batch_size = 12 })
  t.ok(records[1].train_loss_running > 0 and trainer.model:parameters() ~= nil)
end)

test("what is put into gradients is what the optimizer gets", function(t)
  local _, _, halved = train({ callback {
    on_gradient = function(_, gradients)
      for path, gradient in pairs(gradients) do
        gradients[path] = gradient * 0.5
      end
    end,
  } })
  local _, _, slow = train({}, 1, { learning_rate = 0.05 })
  for path, value in pairs(halved.model:parameters()) do
    t.near(value, slow.model:parameters()[path], 1e-6)
  end
end)

test("gradients of a step over several batches come once, together", function(t)
  local norms = {}
  local function norm(options)
    train({ callback {
      on_gradient = function(_, gradients)
        norms[#norms + 1] = gradients["layers.1.weight"]:square():sum():item()
      end,
    } }, 1, options)
  end
  norm { batch_size = 12 }
  norm { batch_size = 4, accumulate = 3 }
  t.equal(#norms, 2)
  t.near(norms[1], norms[2], 1e-6)
end)

test("a state remembers tensors of steps", function(t)
  local sum
  train({ callback {
    state = function() return { sum = nj.zeros { 2 } } end,
    on_gradient = function(_, gradients, state)
      state.sum = state.sum + gradients["layers.1.bias"]
    end,
    on_end = function(_, _, state)
      sum = state.sum
    end,
  } }, 2, { learning_rate = 0.1 })
  -- Plain gradient descent: the weights moved by the rate times the sum.
  local _, _, trainer = train({}, 2, { learning_rate = 0.1 })
  local first = nj.nn.sequential { nj.nn.linear(3, 2) }
  first:initialize(3)
  t.near(first:parameters()["layers.1.bias"] - 0.1 * sum, trainer.model:parameters()["layers.1.bias"], 1e-6)
end)

test("tensors of all parts of a training can be read", function(t)
  local seen = {}
  train({ callback {
    on_step = function(_, _, _, training)
      seen.model = training:tensors("model")["layers.1.weight"]
      seen.optimizer = training:tensors("optimizer")["layers.1.weight/velocity"]
      seen.averages = training:tensors("averages")["layers.1.weight"]
      seen.loss = next(training:tensors("loss"))
      seen.same = training.model:parameters()["layers.1.weight"]
    end,
  } }, 1, { optimizer = nj.optim.sgd { momentum = 0.9 }, average = nj.ema { decay = 0.5 } })
  t.equal(seen.model, seen.same)
  t.equal({ seen.optimizer:shape(), seen.averages:shape(), seen.loss }, { { 3, 2 }, { 3, 2 }, nil })
end)

test("what evaluation saw are the averages, where there are any", function(t)
  local during, after
  local _, _, trainer = train({ callback {
    on_evaluate = function(_, _, _, training) during = training.model:parameters()["layers.1.weight"] end,
    on_epoch = function(_, _, _, training) after = training.model:parameters()["layers.1.weight"] end,
  } }, 1, { average = nj.ema { decay = 0.5 } })
  t.equal(during, trainer:averages()["layers.1.weight"])
  t.equal(after, trainer.model:parameters()["layers.1.weight"])
end)

test("any event can stop a training", function(t)
  local steps = { on_start = 0, on_batch = 1, on_gradient = 1, on_step = 1, on_evaluate = 3, on_epoch = 3 }
  for event, expected in pairs(steps) do
    local done = 0
    local _, ending = train({ callback {
      [event] = function(_, _, _, training) training:stop() end,
    } }, 3, { on_step = function() done = done + 1 end })
    t.equal({ event, done, ending }, { event, expected, "stopped" })
  end
end)

test("callbacks hear of an error, which goes on", function(t)
  local heard
  local failing = callback { name = "failing", on_step = function(_, step)
    if step.step == 4 then error("no more") end
  end }
  local hearing = callback { name = "hearing", on_error = function(_, failure) heard = failure end }
  t.error_with(function() train({ failing, hearing }, 2) end, "events.lua:230: no more\n"
    .. "  in on_step of callback 'failing', epoch 2, step 4")
  t.ok(heard.message:find("no more", 1, true))
  t.equal({ heard.epoch, heard.step }, { 1, 4 })
end)

test("an error of on_error stands behind the one that ended training", function(t)
  local both = callback { on_step = function() error("first") end, on_error = function() error("second") end }
  t.error_with(function() train({ both }) end, "first\n  in on_step of callback 'own', epoch 1, step 1\n")
  t.error_with(function() train({ both }) end, "second\n  in on_error of callback 'own', epoch 1, step 1")
end)

test("mistakes in events say what was expected", function(t)
  local function fails(fields, message)
    t.error_with(function() train { callback(fields) } end, message)
  end
  fails({ on_batch = function(_, batch) batch.inputs = batch.inputs:sum(-1) end },
    "on_batch of callback 'own' put a tensor of shape (4) and type float32 in the place of 'inputs', expected shape "
      .. "(4, 3) and type float32")
  fails({ on_batch = function(_, batch) batch.labels = 3 end },
    "on_batch of callback 'own' put a number in the place of 'labels', expected a tensor of shape (4)")
  fails({ on_batch = function(_, batch) batch.label = batch.labels end },
    "on_batch of callback 'own' put 'label' into the batch, where there is no such field: did you mean 'labels'?")
  fails({ on_batch = function(_, batch) batch.indices = batch.indices + 1 end },
    "on_batch of callback 'own' changed 'indices' of the batch: only inputs and labels can be changed")
  fails({ on_batch = function(_, batch) batch.labels = batch.labels + 4 end },
    "the labels that callback 'own' put into a batch: label ")
  fails({ on_batch = function(_, batch) return batch end },
    "on_batch of callback 'own' returned a table, with which nothing is done: put what is to be used into the fields "
      .. "of the batch")
  fails({ on_gradient = function(_, gradients) gradients["layers.1.weights"] = gradients["layers.1.weight"] end },
    "on_gradient of callback 'own' put 'layers.1.weights' into the gradients, where there is no such field: did you "
      .. "mean 'layers.1.weight'?")
  fails({ on_gradient = function(_, gradients) gradients["layers.1.bias"] = gradients["layers.1.bias"]:sum() end },
    "on_gradient of callback 'own' put a tensor of shape () and type float32 in the place of 'layers.1.bias', expected "
      .. "shape (2) and type float32")
  fails({ on_step = function() return false end },
    "on_step of callback 'own' returned a boolean, with which nothing is done: training:stop() ends a training")
  fails({ on_step = function(_, _, _, training) training:keep("now") end },
    "callback 'own' keeps weights in on_step: those that were judged are kept, in on_evaluate or on_epoch")
  fails({ on_step = function(_, _, _, training) training.learning_rate = -1 end },
    "'learning_rate', set by callback 'own' must be at least 0, got -1")
  fails({ on_step = function(_, _, _, training) training.rate = 1 end },
    "'rate' of a training cannot be set: learning_rate can, and stop, keep and what on_batch and on_gradient are given")
  fails({ on_step = function(_, _, _, training) return training.metrics end },
    "a training has no 'metrics'\n  it has epoch, epochs, evaluation, keep, learning_rate, model, record, step, "
      .. "steps_per_epoch, stop, tensors")
  fails({ on_step = function(_, _, _, training) training:tensors("weights") end },
    "training:tensors gives those of one of model, optimizer, averages, loss, got \"weights\"")
  fails({ on_epoch = function(_, _, _, training) return training.record.accuracy end },
    "callback 'own' looks at 'accuracy', which no record has")
  t.error_with(function() nj.callback { name = "idle" } end,
    "callback 'idle' is told of nothing: give it one of on_start, on_batch, on_gradient, on_step, on_evaluate, "
      .. "on_epoch, on_checkpoint, on_end, on_error")
  t.error_with(function() nj.callback { name = "idle", on_epochs = print } end, "did you mean 'on_epoch'?")
end)

test("a training cannot be reached into", function(t)
  local found
  train({ callback { on_step = function(_, _, _, training)
    found = { getmetatable(training), next(training), rawget(training, "course") }
  end } })
  t.equal(found, { false })
end)
