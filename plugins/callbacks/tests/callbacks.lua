local nj = require "nightjar"
local test = require "nightjar.test"

local inputs = nj.randn({ 12, 3 }, { seed = 5 })
local labels = nj.tensor({ 1, 2, 1, 2, 2, 1, 1, 2, 2, 1, 2, 1 }, { dtype = "int32" })
local data = nj.data.from_tensors { name = "twelve", inputs = inputs, labels = labels, classes = 2 }

-- A metric that has these values, one an evaluation pass.
local function given(values)
  local at = 0
  return nj.metric {
    name = "given",
    compute = function()
      at = at + 1
      return values[at]
    end,
  } {}
end

local function train(values, callbacks, options)
  local model = nj.nn.sequential { nj.nn.linear(3, 2), nj.nn.batch_norm(2) }
  model:initialize(3)
  local fields = {
    model = model, loss = nj.losses.cce {}, optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = 0.1,
    metrics = { given(values) }, callbacks = callbacks,
  }
  local seen = {}
  fields.on_epoch = function() seen[#seen + 1] = model:parameters() end
  for name, value in pairs(options or {}) do
    fields[name] = value
  end
  local trainer = nj.trainer(fields)
  local records, ending = trainer:fit(data, { epochs = #values })
  return records, ending, trainer, seen
end

local function stopping(fields)
  fields.monitor = "given"
  fields.mode = fields.mode or "max"
  return { nj.callbacks.early_stopping(fields) }
end

test("training ends after so many epochs without an improvement", function(t)
  local records, ending = train({ 1, 2, 2, 1, 3, 3, 3, 3, 9 }, stopping { patience = 3 })
  t.equal({ #records, ending }, { 8, "stopped" })
  records, ending = train({ 1, 2, 3 }, stopping { patience = 1 })
  t.equal({ #records, ending }, { 3, "completed" })
end)

test("less is better where it is said or the name says so", function(t)
  t.equal(#train({ 3, 2, 2.5, 2.5, 1 }, stopping { patience = 2, mode = "min" }), 4)
  t.ok(nj.improves(nj.direction("loss"), 1, 2) and not nj.improves(nj.direction("test_accuracy"), 1, 2))
end)

test("an improvement is more than min_delta, and an epoch without the number does not count", function(t)
  t.equal(#train({ 1, 1.5, 2.5, 3, 9 }, stopping { patience = 1, min_delta = 1 }), 2)
  local records = train({ 1, 0.5, 9, 10 }, stopping { patience = 1 }, { evaluation_interval = 2 })
  t.equal({ #records, records[3].given, records[4].given }, { 4, nil, 0.5 })
end)

test("the model ends with the weights and statistics of the best epoch where it is asked for", function(t)
  local _, _, trainer, seen = train({ 1, 5, 2, 3, 9 }, stopping { patience = 2, restore_best = true })
  for path, value in pairs(trainer.model:parameters()) do
    t.equal(value, seen[2][path])
  end
  t.ok(seen[2]["layers.1.weight"]:ne(seen[4]["layers.1.weight"]):any():item())
  local best, facts = trainer:best()
  t.equal(facts, { metric = "given", value = 5, epoch = 2 })
  local other = nj.nn.sequential { nj.nn.linear(3, 2), nj.nn.batch_norm(2) }
  other:load(best)
  t.equal(other(inputs), trainer.model(inputs))
end)

test("the best weights are kept beside those of training", function(t)
  local _, _, trainer, seen = train({ 1, 5, 2, 3 }, { nj.callbacks.best_weights { monitor = "given", mode = "max" } })
  for path, value in pairs(trainer.model:parameters()) do
    t.equal(value, seen[4][path])
    t.equal(trainer:best("given")[path], seen[2][path])
  end
end)

test("what evaluation saw is what is kept", function(t)
  local _, _, trainer = train({ 1, 2, 3 }, { nj.callbacks.best_weights { monitor = "given", mode = "max" } },
    { average = nj.ema { decay = 0.5 } })
  for path, value in pairs(trainer:averages()) do
    t.equal(trainer:best()[path], value)
  end
end)

test("another call of fit starts callbacks anew", function(t)
  local records, _, trainer = train({ 1, 0, 0, 5, 5, 5, 5 }, stopping { patience = 2 })
  t.equal(#records, 3)
  t.equal(#trainer:fit(data, { epochs = 10 }), 3)
end)

test("a callback of one's own remembers, stops and keeps", function(t)
  local own = nj.callback {
    name = "own", params = { most = 2 },
    state = function() return { count = 0 } end,
    on_epoch = function(self, record, state, training)
      state.count = state.count + 1
      if state.count == 1 then
        training:keep("first")
      end
      if state.count >= self.most then
        training:stop()
      end
      state.last = record.epoch
    end,
    kept = function(_, state)
      return "first", { metric = "epoch", value = 1, epoch = state.last }
    end,
  }
  local records, _, trainer, seen = train({ 1, 2, 3, 4 }, { own { most = 3 } })
  t.equal(#records, 3)
  for path, value in pairs(seen[1]) do
    t.equal(trainer:best("first")[path], value)
  end
end)

test("mistakes are named", function(t)
  t.error_with(function() train({ 1 }, { nj.callbacks.early_stopping { monitor = "test_acc", mode = "max" } }) end,
    "callback 'early_stopping' looks at 'test_acc', which no record has")
  t.error_with(function() train({ 1 }, nj.callbacks.early_stopping {}) end,
    "'callbacks' of nj.trainer is a list such as { nj.callbacks.early_stopping { patience = 5 } }, got callback "
      .. "'early_stopping'")
  t.error_with(function() train({ 1 }, { nj.callbacks.early_stopping }) end,
    "callback 1 of nj.trainer must be a callback such as nj.callbacks.early_stopping {}, got the definition of "
      .. "callback "
      .. "'early_stopping': call it with its parameters first, as in early_stopping {}")
  t.error_with(function() nj.callbacks.best_weights { monitor = "mine" } end,
    "cannot tell whether more or less of 'mine' is better: give it mode = \"max\" or \"min\"")
  local function named(name)
    local own = nj.callback {
      name = "own", on_epoch = function(_, _, _, training) training:keep(name) end,
    }
    return function() train({ 1 }, { own {} }) end
  end
  for _, name in ipairs { "../up", "", "a b", 3 } do
    t.error_with(named(name), "callback 'own' keeps weights under a name of letters, digits and underscores, got ")
  end
  local _, _, trainer = train({ 1 }, {})
  t.error_with(function() trainer:best() end,
    "this trainer has kept no weights: give it callbacks = { nj.callbacks.best_weights {} } and train it")
end)
