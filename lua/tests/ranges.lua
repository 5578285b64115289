-- What declarations of parameters can say, and the messages in full.
local nj = require "nightjar"
local test = require "nightjar.test"

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^lua/tests/ranges.lua:%d+: (.*)$") or message
end

-- What the making of a loss with this declaration says to a value.
local function answer(spec, value)
  local definition = nj.loss { name = "x", params = { a = spec }, forward = function(_, z) return z end }
  return message_of(function() return definition { a = value } end)
end

local start = "parameter 'a' of loss 'x' "

test("ends are part of a range or left out", function(t)
  local spec = { default = 0.5, above = 0, below = 1 }
  t.equal(answer(spec, 0), start .. "must be above 0, got 0")
  t.equal(answer(spec, 1), start .. "must be below 1, got 1")
  t.equal(answer(spec, 1e-300), "")
  t.equal(answer({ default = 0.5, min = 0, max = 1 }, -0.25), start .. "must be at least 0, got -0.25")
  t.equal(answer({ default = 0.5, min = 0, max = 1 }, 1.5), start .. "must be at most 1, got 1.5")
  t.equal(answer({ default = 0.5, min = 0, max = 1e6 }, 1e7), start .. "must be at most 1000000, got 10000000")
end)

test("numbers are finite and float32 holds them, unless the declaration reckons with more", function(t)
  t.equal(answer({ default = 1 }, 0 / 0), start .. "is not a number (nan)")
  t.equal(answer({ default = 1 }, math.huge), start .. "must be finite, got inf")
  t.equal(answer({ default = 1 }, -math.huge), start .. "must be finite, got -inf")
  t.equal(answer({ default = 1 }, 1e300), start .. "must be a number that float32 holds (up to 3.4e38), got 1e+300")
  t.equal(answer({ default = 1, max = math.huge }, math.huge), "")
  t.equal(answer({ default = math.huge }, 1e300), "")
end)

test("whole numbers may be written as floats", function(t)
  local seen
  local definition = nj.loss { name = "x", params = { a = { default = 1, type = "integer" } },
    forward = function(self, z) seen = self.a return z:sum(-1) end }
  definition { a = 3.0 } (nj.zeros(1, 2), nj.tensor { 1 })
  t.equal(math.type(seen), "integer")
  t.equal(answer({ default = 1, type = "integer" }, 2.5), start .. "must be an integer, got 2.5")
  t.equal(answer({ default = 1, type = "integer" }, 1e19),
    start .. "must be an integer that fits into 64 bits, got 1e+19")
  t.equal(answer({ default = 1, type = "integer" }, math.huge), start .. "must be an integer, got inf")
  t.equal(answer({ default = 1, type = "integer" }, 0 / 0), start .. "must be an integer, got nan")
  t.equal(answer({ default = 1, type = "integer" }, "7"), start .. "must be an integer, got a string")
end)

test("lists have no holes, at any depth, and entries of their own range", function(t)
  local spec = { default = {}, each = { type = "integer", min = 1 } }
  t.equal(answer(spec, { 1, nil, 3 }), start .. "has a hole: entry [2] is nil")
  t.equal(answer({ default = {} }, { { 1, 2 }, { 1, nil, 3 } }), start .. "has a hole: entry [2][2] is nil")
  t.equal(answer(spec, { 1, 0 }), "entry 2 of " .. start .. "must be at least 1, got 0")
  t.equal(answer(spec, { 1, 2.5 }), "entry 2 of " .. start .. "must be an integer, got 2.5")
  t.equal(answer(spec, { "1" }), "entry 1 of " .. start .. "must be an integer, got a string")
  t.equal(answer(spec, nj.ones(2)), start .. "must be a table, got a tensor")
  t.equal(answer(spec, { 1, 2, 3 }), "")
end)

test("a default is held to its own declaration", function(t)
  t.equal(message_of(function()
    return nj.loss { name = "x", params = { a = { default = 2, max = 1 } }, forward = function() end }
  end), "the default of parameter 'a' of loss 'x' must be at most 1, got 2")
end)

test("parameters do not hide methods", function(t)
  t.equal(message_of(function()
    return nj.optimizer { name = "x", params = { step = 1 }, update = function() end }
  end), "optimizer 'x': a parameter cannot be called 'step', which is a method: optimizer:step(...)")
  t.equal(message_of(function()
    return nj.loss { name = "x", params = { definition = 1 }, forward = function() end }
  end), "loss 'x': a parameter cannot be called 'definition', the library uses that name itself")
end)

test("what a check answers is raised at the line that made the object", function(t)
  local definition = nj.schedule {
    name = "x", params = { low = 1, high = 2 }, value = function() return 1 end,
    check = function(self) return self.low > self.high and "low must be below high" or nil end,
  }
  t.equal(message_of(function() return definition { low = 3 } end), "schedule 'x': low must be below high")
  t.equal(message_of(function() return nj.optim.sgd { nesterov = true } end),
    "optimizer 'sgd': nesterov looks ahead along the velocity: it needs a momentum above 0")
  t.equal(message_of(function() return nj.schedules.cosine { epochs = 5, warmup = 5 } end),
    "schedule 'cosine': the warm-up, 5 epochs, must be shorter than the run, 5 epochs")
  t.equal(message_of(function() return nj.schedules.cosine { epochs = 5, warmup = 0.5 } end),
    "parameter 'warmup' of schedule 'cosine' must be an integer, got 0.5")
  t.equal(message_of(function() return nj.schedules.step { drops = { 1, nil, 3 } } end),
    "parameter 'drops' of schedule 'step' has a hole: entry [2] is nil")
  t.equal(message_of(function() return nj.optim.adam { beta1 = 1 } end),
    "parameter 'beta1' of optimizer 'adam' must be below 1, got 1")
end)

test("probabilities of draws are looked at, also in a tensor", function(t)
  t.equal(message_of(function() return nj.bernoulli(1.5) end), "'bernoulli' needs a probability from 0 to 1, got 1.5")
  for _, bad in ipairs { { 1.5, "1.5" }, { -0.5, "-0.5" }, { 0 / 0, "nan" } } do
    local p = nj.tensor({ { 0.5, 0 }, { 1, bad[1] } })
    local expected = "'bernoulli' needs probabilities from 0 to 1, got " .. bad[2] .. " at position (2, 2)"
    t.equal(message_of(function() return nj.bernoulli(p) end), expected)
    t.equal(message_of(function() return nj.bernoulli(p * 1) end), expected)
  end
  t.equal(nj.bernoulli(nj.tensor { 0, 1 }), { 0, 1 })
  -- Inside a gradient nothing is read: what is no probability draws no number.
  local drawn
  nj.grad(function(x) drawn = nj.bernoulli(x * 3) return x:sum() end, nj.tensor { 0.1, 0.5 })
  local numbers = drawn:totable()
  t.ok(numbers[1] == 0 or numbers[1] == 1)
  t.ok(numbers[2] ~= numbers[2])
end)
