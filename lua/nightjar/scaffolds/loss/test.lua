local nj = require "nightjar"
local test = require "nightjar.test"

local make = nj.losses["../NAME.lua"]
local labels = nj.tensor({ 1, 3 }, { dtype = "int32" })

test("NAME gives one value a sample", function(t)
  local logits = nj.zeros({ 2, 4 }, { dtype = "float64" })
  t.near(make {} (logits, labels), { math.log(4), math.log(4) }, 1e-12)
end)

test("NAME has the gradient that differences say", function(t)
  local logits = nj.tensor({ { 1, -2, 0.5 }, { 0.3, 0.1, -0.7 } }, { dtype = "float64" })
  local loss = make { temperature = 2 }
  local function value(z)
    return loss(z, labels):mean()
  end
  local _, gradient = nj.value_and_grad(value, logits)
  local step = nj.tensor({ { 1e-6, 0, 0 }, { 0, 0, 0 } }, { dtype = "float64" })
  local slope = (value(logits + step):item() - value(logits - step):item()) / 2e-6
  t.near(gradient:totable()[1][1], slope, 1e-8)
end)
