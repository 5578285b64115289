-- Classes that are masked out with a logit of -infinity, in every loss: where the label is another class, the value is
-- that of a logit far below the others, and the gradient is finite.
local nj = require "nightjar"
local test = require "nightjar.test"

local rows, classes = 6, 4
local labels = nj.tensor({ 1, 2, 4, 4, 2, 1 }, { dtype = "int32" })
local plain = nj.randn({ rows, classes }, { seed = 3, dtype = "float64" })

-- The formulas of these have the logarithm, or the logit itself, of every class: nightjar check says what to write.
local infinite = { backward = true, cores2 = true, logit_mse = true, ls = true }

local function batch_of(logits)
  local draw = { inputs = logits, labels = labels, indices = nj.tensor({ 2, 1, 3, 5, 4, 6 }, { dtype = "int32" }) }
  return {
    indices = (nj.arange(rows) + 1):int(), inputs = logits, count = rows, epoch = 3, step = 5, training = true,
    draws = { draw, draw }, views = { logits }, outputs = { logits, logits }, model = function(x) return x end,
  }
end

local function value_and_gradient(loss, logits, own)
  loss:prepare { samples = rows, classes = classes, dtype = logits:dtype() }
  nj.manual_seed(1)
  return nj.value_and_grad(function(z) return loss(z, own, batch_of(z)):mean() end, logits)
end

for name, definition in pairs(nj.losses) do
  local loss = definition(definition.example or {})
  local is_binary = loss.definition.labels == "binary"
  test(name .. (infinite[name] and " is infinite where a class is masked out, by its formula"
    or " does not mind a class that is masked out"), function(t)
    local own = is_binary and labels:one_hot(classes, { dtype = "float64" }) or labels
    for _, dtype in ipairs { "float64", "float32" } do
      local third = (nj.arange(classes) + 1):eq(3):expand(rows, classes)
      local function at(number)
        return value_and_gradient(loss, nj.where(third, number, plain):to(dtype), own)
      end
      local value, gradient = at(-math.huge)
      if infinite[name] then
        t.ok(not (value:isfinite():item() and gradient:isfinite():all():item()), "it is finite")
      else
        local far, slope = at(-1e8)
        t.near(value, far:item(), 1e-5)
        t.near(gradient, slope:totable(), 1e-5)
      end
    end
  end)
end
