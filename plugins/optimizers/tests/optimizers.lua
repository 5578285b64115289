-- Twenty updates against PyTorch's in float64 (data/golden.py), and what holds for every optimizer that ships.
local nj = require "nightjar"
local test = require "nightjar.test"
local golden = require "data.golden"

local function double(values)
  return nj.tensor(values, { dtype = "float64" })
end

-- As in data/golden.py.
local start = { { 1.0, -2.0 }, { 0.5, 3.0 } }
local curvature, linear = double { { 1.0, 4.0 }, { 0.3, 2.0 } }, double { { 0.2, -1.0 }, { 0.7, 0.1 } }

local function gradient(w, step)
  return curvature * w + (linear * step + w):cos()
end

local function rate_of(name, step)
  return (name == "asgd" or step <= 12) and 0.1 or 0.05
end

local seen = {}

for _, case in ipairs(golden) do
  local name, parameters, make, expected = case[1], case[2], case[3], case[4]
  seen[name] = true
  test(name .. " " .. parameters .. " makes PyTorch's steps", function(t)
    local optimizer = make()
    local w = double(start)
    local state = optimizer:start(w)
    for step = 1, 20 do
      local g = gradient(w, step)
      if name == "sam" then
        g = gradient(optimizer:perturbed(w, g), step)
      end
      w, state = optimizer:step(w, g, state, rate_of(name, step), step)
      if expected[step] then
        t.near(w, expected[step], 1e-12)
      end
    end
  end)

  test(name .. " " .. parameters .. " finds the minimum of a quadratic", function(t)
    local optimizer = make()
    local target, weights = double { 3, -1, 0.5 }, double { 1, 4, 0.5 }
    local w = nj.zeros({ 3 }, { dtype = "float64" })
    local state = optimizer:start(w)
    local function value(x)
      return ((x - target):square() * weights):sum()
    end
    local before = value(w):item()
    for i = 1, 600 do
      w, state = optimizer:step(w, nj.grad(value, w), state, name == "adagrad" and 0.5 or 0.05, i)
      w = w:copy()
      for slot, kept in pairs(state) do
        state[slot] = kept:copy()
      end
    end
    -- Decay pulls toward zero; a sign goes on stepping; Adagrad's rate falls, so it is given a larger one.
    t.ok(value(w):item() < 0.1 * before, "it comes down to " .. value(w):item() .. " from " .. before)
  end)
end

test("every optimizer that ships is held to golden values", function(t)
  for name in pairs(nj.optim) do
    t.ok(seen[name], name .. " has none: add it to data/golden.py")
  end
end)

test("a wrapped optimizer keeps its state under its own name", function(t)
  local optimizer = nj.optim.sam { optimizer = nj.optim.lookahead { optimizer = nj.optim.adam {} } }
  local names = {}
  for name in pairs(optimizer:start(double { 1 })) do
    names[#names + 1] = name
  end
  table.sort(names)
  t.equal(names, { "optimizer.optimizer.first", "optimizer.optimizer.second", "optimizer.slow" })
end)

test("what an optimizer wraps must be one", function(t)
  t.error_with(function() nj.optim.lookahead {} end, "optimizer 'lookahead' needs the parameter 'optimizer' (what "
    .. "makes "
    .. "the steps, for example nj.optim.sgd { momentum = 0.9 })")
  t.error_with(function() nj.optim.lookahead { optimizer = nj.schedules.constant {} } end,
    "parameter 'optimizer' of optimizer 'lookahead' must be an optimizer, got a schedule")
  t.error_with(function() nj.optim.lookahead { optimizer = nj.optim.sam { optimizer = nj.optim.sgd {} } } end,
    "optimizer 'lookahead' cannot wrap optimizer 'sam', which takes its gradient at other weights: wrap it the "
      .. "other way "
      .. "round, as in nj.optim.sam { optimizer = nj.optim.lookahead { ... } }")
end)

test("a state starts as a number, as the weights, or as what a function makes of them", function(t)
  local made = nj.optimizer {
    name = "starts",
    state = { number = 2, weights = "weights", own = function(_, w) return 3 * w end },
    update = function(_, w) return w end,
  }
  local state = made {}:start(double { 1, 2 })
  t.equal(state.number, { 2, 2 })
  t.equal(state.weights, { 1, 2 })
  t.equal(state.own, { 3, 6 })
  local wrong = nj.optimizer {
    name = "wrong", state = { own = function() return nj.zeros(3) end }, update = function(_, w) return w end,
  }
  t.error_with(function() wrong {}:start(double { 1, 2 }) end,
    "state 'own' of optimizer 'wrong' must start as a tensor like the parameter, float64 of shape (2), got float32 of "
      .. "shape (3)")
end)

test("a misspelt parameter is named with the nearest", function(t)
  t.error(function()
    nj.optim.sgd { momentun = 0.9 }
  end, "plugins/optimizers/tests/optimizers.lua:112: optimizer 'sgd' has no parameter 'momentun': "
    .. "did you mean 'momentum'?\n"
    .. "  parameters are dampening, momentum, nesterov, weight_decay")
end)
