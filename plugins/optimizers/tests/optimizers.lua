-- Three updates against PyTorch's, made by Tests/Golden/optimizers.py in float64.
local nj = require "nightjar"
local test = require "nightjar.test"

local start = { { 1.0, -2.0 }, { 0.5, 3.0 } }
local gradients = { { { 0.1, -0.2 }, { 0.3, 0.4 } }, { { -0.5, 0.6 }, { 0.7, -0.8 } }, { { 0.9, 1.0 }, { -1.1, 1.2 } } }
local rates = { 0.1, 0.1, 0.05 }

local function double(values)
  return nj.tensor(values, { dtype = "float64" })
end

local cases = {
  { "sgd", nj.optim.sgd {}, { { 0.995, -2.09 }, { 0.45499999999999996, 2.98 } } },
  { "sgd with momentum", nj.optim.sgd { momentum = 0.9 },
    { { 1.0044499999999998, -2.0909 }, { 0.38435, 2.9638 } } },
  { "sgd with Nesterov momentum and decay", nj.optim.sgd { momentum = 0.9, nesterov = true, weight_decay = 0.01 },
    { { 0.9926635112754999, -2.159199222551 }, { 0.34808949490025, 2.9285913895315 } } },
  { "adam", nj.optim.adam {},
    { { 0.943437022564272, -1.9866236696295334 }, { 0.31063431553712767, 2.9194483008087717 } } },
  { "adam with decay", nj.optim.adam { weight_decay = 0.1 },
    { { 0.9145379964972753, -1.9340254357257747 }, { 0.30693602207929604, 2.860067750117308 } } },
  { "adamw", nj.optim.adamw { weight_decay = 0.1 },
    { { 0.9198323453320103, -1.938270574643659 }, { 0.30020299551688717, 2.846358749010772 } } },
}

for _, case in ipairs(cases) do
  local name, optimizer, expected = case[1], case[2], case[3]
  test(name .. " makes PyTorch's steps", function(t)
    local w = double(start)
    local state = optimizer:start(w)
    for i, gradient in ipairs(gradients) do
      w, state = optimizer:step(w, double(gradient), state, rates[i], i)
    end
    t.near(w, expected, 1e-12)
  end)

  test(name .. " finds the minimum of a quadratic", function(t)
    local target = double { 3, -1, 0.5 }
    local w = nj.zeros({ 3 }, { dtype = "float64" })
    local state = optimizer:start(w)
    local function value(x)
      return ((x - target):square() * double { 1, 4, 0.5 }):sum()
    end
    for i = 1, 400 do
      w, state = optimizer:step(w, nj.grad(value, w), state, 0.05, i)
      w = w:copy()
    end
    -- Decay pulls toward zero, so its minimum lies a little off.
    t.near(w, target, (name:find("decay") or name == "adamw") and 0.5 or 0.02)
  end)
end

test("a misspelt parameter is named with the nearest", function(t)
  t.error(function()
    nj.optim.sgd { momentun = 0.9 }
  end, "plugins/optimizers/tests/optimizers.lua:56: optimizer 'sgd' has no parameter 'momentun': "
    .. "did you mean 'momentum'?\n"
    .. "  parameters are momentum, nesterov, weight_decay")
end)
