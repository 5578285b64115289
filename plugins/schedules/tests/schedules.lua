local nj = require "nightjar"
local test = require "nightjar.test"

test("constant stays", function(t)
  local rate = nj.schedules.constant { base = 0.3 }
  t.equal({ rate(1, 1), rate(50, 1000) }, { 0.3, 0.3 })
end)

test("a schedule that a script calls takes whole epochs and steps from 1", function(t)
  local cases = {
    { { 0 }, "the epoch is a whole number of at least 1, got 0" },
    { { 1.5 }, "the epoch is a whole number of at least 1, got 1.5" },
    { { 0 / 0 }, "the epoch is a whole number of at least 1, got nan" },
    { { 1, 0.5 }, "the step is a whole number of at least 1, got 0.5" },
    { { 1, "2" }, "the step is a whole number of at least 1, got \"2\"" },
  }
  local rate = nj.schedules.constant { base = 0.3 }
  for _, case in ipairs(cases) do
    t.error_with(function() rate(table.unpack(case[1])) end, "schedule 'constant': " .. case[2])
  end
  t.equal(rate(4 / 2), 0.3)
end)

test("step falls after the epochs named", function(t)
  local rate = nj.schedules.step { base = 0.1, drops = { 100, 150 }, factor = 0.1 }
  t.near({ rate(1, 1), rate(100, 1), rate(101, 1), rate(150, 1), rate(151, 1) }, { 0.1, 0.1, 0.01, 0.01, 0.001 }, 1e-15)
end)

test("exponential falls after every epoch", function(t)
  local rate = nj.schedules.exponential { base = 0.01, decay = 0.95 }
  t.near({ rate(1, 1), rate(2, 1), rate(101, 1) }, { 0.01, 0.0095, 0.01 * 0.95 ^ 100 }, 1e-15)
end)

test("cosine warms up, is highest after that, and ends near its floor", function(t)
  local rate = nj.schedules.cosine { base = 1, epochs = 14, warmup = 4, floor = 0.1 }
  t.near({ rate(1, 1), rate(2, 1), rate(4, 1), rate(5, 1) }, { 0.25, 0.5, 1, 1 }, 1e-15)
  -- Half of the way down after half of the ten epochs that are left.
  t.near(rate(10, 1), 0.55, 1e-12)
  t.near(rate(15, 1), 0.1, 1e-12)
  for epoch = 5, 14 do
    t.ok(rate(epoch, 1) > rate(epoch + 1, 1), "it falls")
  end
end)

test("cosine without warm-up starts at the base", function(t)
  t.near(nj.schedules.cosine { base = 0.2, epochs = 10 }(1, 1), 0.2, 1e-15)
end)

-- ---- Against PyTorch ------------------------------------------------------------------------------------------------

local golden = require "data.golden"
local run = { epochs = 12, steps_per_epoch = 5 }

for _, case in ipairs(golden.rates) do
  local name, parameters, by, make, expected = table.unpack(case)
  test(name .. " " .. parameters .. " has PyTorch's rates", function(t)
    local schedule = make()
    for i, value in ipairs(expected) do
      local epoch, step = i, (i - 1) * 5 + 1
      if by == "step" then
        epoch, step = (i - 1) // 5 + 1, i
      end
      t.near(schedule(epoch, step, run), value, 1e-14)
    end
  end)
end

local inputs = nj.randn({ 10, 3 }, { seed = 5 })
local data = nj.data.from_tensors {
  name = "ten", inputs = inputs, classes = 2, labels = nj.tensor({ 1, 2, 1, 2, 2, 1, 1, 2, 2, 1 }, { dtype = "int32" }),
}

-- Trains with the parts given and returns the trainer, its records and the rates of all steps.
local function train(options, epochs)
  local rates = {}
  options.model = nj.nn.sequential { nj.nn.linear(3, 2, { dtype = "float64" }) }
  options.model:initialize(3)
  options.loss = options.loss or nj.losses.cce {}
  options.optimizer, options.batch_size = options.optimizer or nj.optim.sgd {}, 2
  options.on_step = function(step) rates[#rates + 1] = step.learning_rate end
  local trainer = nj.trainer(options)
  local records = trainer:fit(data, { epochs = epochs })
  return trainer, records, rates
end

for _, case in ipairs(golden.plateaus) do
  local _, parameters, _, make, expected = table.unpack(case)
  test("plateau " .. parameters .. " has PyTorch's rates", function(t)
    local at = 0
    local losses = nj.metric {
      name = "given", compute = function()
        at = at + 1
        return golden.losses[at]
      end,
    }
    local schedule = make()
    local other = nj.schedules.plateau {
      base = schedule.base, factor = schedule.factor, patience = schedule.patience, cooldown = schedule.cooldown,
      floor = schedule.floor, threshold = schedule.threshold, relative = schedule.relative, monitor = "given",
        mode = "min",
    }
    local _, records = train({ schedule = other, metrics = { losses {} } }, #expected)
    for i, value in ipairs(expected) do
      t.near(records[i].learning_rate, value, 1e-15)
    end
  end)
end

test("a schedule knows how long the training is, also over several calls of fit", function(t)
  local trainer, _, rates = train({ schedule = nj.schedules.one_cycle { base = 0.5 } }, 12)
  for i, value in ipairs(golden.rates[1][5]) do
    t.near(rates[i], value, 1e-14)
  end
  -- Two more epochs: the training is then fourteen.
  trainer:fit(data, { epochs = 2 })
  t.near(rates[70], nj.schedules.one_cycle { base = 0.5 }(14, 70, { epochs = 14, steps_per_epoch = 5 }), 1e-15)
end)

test("a schedule that asks for the length says how to tell it", function(t)
  t.error_with(function() nj.schedules.one_cycle {}(1, 1) end,
    "schedule 'one_cycle' depends on how long a training is ('epochs'): a trainer tells it; where a script calls it, a "
      .. "third argument does, as in schedule(epoch, step, { epochs = 30, steps_per_epoch = 100 })")
end)

test("a warm-up goes around any schedule, from its first epoch or after the warm-up", function(t)
  local inner = nj.schedules.step { base = 0.4, drops = { 2 } }
  local both = nj.schedules.warmup { schedule = inner, epochs = 2 }
  local after = nj.schedules.warmup { schedule = inner, epochs = 2, delay = true }
  t.near({ both(1, 1, run), both(2, 10, run), both(3, 11, run) }, { 0.04, 0.4, 0.04 }, 1e-15)
  t.near({ after(1, 1, run), after(2, 10, run), after(3, 11, run), after(4, 16, run), after(5, 21, run) },
    { 0.04, 0.4, 0.4, 0.4, 0.04 }, 1e-15)
  -- A plateau inside keeps what it has seen.
  local _, records = train({
    schedule = nj.schedules.warmup {
      epochs = 1, schedule = nj.schedules.plateau { base = 0.5, monitor = "learning_rate", mode = "max", patience = 0 },
    },
  }, 4)
  local rates = {}
  for i, record in ipairs(records) do
    rates[i] = record.learning_rate
  end
  t.near(rates, { 0.5, 0.5, 0.05, 0.005 }, 1e-15)
end)

test("parameters of an optimizer follow schedules, also inside another and in groups", function(t)
  local seen = {}
  local spy = nj.optimizer {
    name = "spy", params = { momentum = { default = 0.9, min = 0, max = 1 }, weight_decay = { default = 0, min = 0 } },
    update = function(self, w)
      seen[#seen + 1] = { self.momentum, self.weight_decay }
      return w
    end,
  }
  local function linear(from, to)
    return nj.schedules.linear { from = from, to = to }
  end
  train({
    learning_rate = 0.1,
    optimizer = nj.optim.lookahead { optimizer = spy { momentum = linear(0.5, 0.9), weight_decay = 0.1 } },
    groups = { { match = "bias$", weight_decay = linear(1, 3) } },
  }, 3)
  -- One recording a step and group: bias first, five steps an epoch.
  t.equal(#seen, 30)
  table.sort(seen, function(a, b) return a[1] < b[1] or a[1] == b[1] and a[2] < b[2] end)
  t.near({ seen[1], seen[6], seen[11], seen[16], seen[21], seen[26] },
    { { 0.5, 0.1 }, { 0.5, 1 }, { 0.7, 0.1 }, { 0.7, 2 }, { 0.9, 0.1 }, { 0.9, 3 } }, 1e-15)
end)

test("a parameter that is driven makes no new plan", function(t)
  local made = {}
  train({
    learning_rate = 0.1,
    schedule = nil,
    optimizer = nj.optim.sgd { momentum = nj.schedules.linear { from = 0.71, to = 0.93 }, weight_decay = 0.013 },
    on_epoch = function() made[#made + 1] = nj.plans().misses end,
  }, 8)
  -- The first epoch plans the step and the evaluation.
  t.equal(made[8], made[1])
end)

test("every schedule that ships is held to PyTorch's rates or has a test here", function(t)
  local seen = { constant = true, cosine = true, plateau = true }
  for _, case in ipairs(golden.rates) do
    seen[case[1]] = true
  end
  for name in pairs(nj.schedules) do
    t.ok(seen[name], name .. " has none: add it to data/golden.py")
  end
end)

test("what drives a parameter must stay in its range", function(t)
  t.error_with(function()
    train({ learning_rate = 0.1, optimizer = nj.optim.sgd { momentum = nj.schedules.linear { from = 0.5,
      to = 1.5 } } }, 3)
  end, "parameter 'momentum' of optimizer 'sgd' must be at most 1, got 1.5")
  t.error_with(function() nj.optim.lookahead { optimizer = nj.optim.sgd {}, k = nj.schedules.constant {} } end,
    "parameter 'k' of optimizer 'lookahead' must be an integer, got schedule 'constant'")
end)

test("a definition in the place of an object is told to be called", function(t)
  t.error_with(function() nj.optim.sgd { momentum = nj.schedules.linear } end,
    "parameter 'momentum' of optimizer 'sgd' must be a number, got the definition of schedule 'linear': call it "
      .. "with its "
      .. "parameters first")
end)

test("a column that no record has is named", function(t)
  t.error_with(function() train({ schedule = nj.schedules.plateau { monitor = "test_acuracy", mode = "max" } }, 1) end,
    "schedule 'plateau' looks at 'test_acuracy', which no record has: did you mean 'test_accuracy'?\n  records "
      .. "have epoch, ")
  t.error_with(function() nj.schedules.plateau { monitor = "mine" } end,
    "cannot tell whether more or less of 'mine' is better: give it mode = \"max\" or \"min\"")
end)
