-- Values made independently in float64 (two decimals after the ninth are not kept there), gradients against finite
-- differences, and the properties that the formulas promise.
local nj = require "nightjar"
local test = require "nightjar.test"

local logits = nj.tensor({
  { 2.0, -1.0, 0.5, 0.0 },
  { 0.0, 0.0, 0.0, 0.0 },
  { -3.0, 4.0, 1.0, -0.5 },
  { 10.0, -10.0, 0.0, 5.0 },
}, { dtype = "float64" })
local labels = nj.tensor({ 1, 2, 3, 2 }, { dtype = "int32" })

local golden = {
  { name = "cce", params = {},
    values = { 0.34234958239, 1.38629436112, 3.05997306548, 20.0067604456 } },
  { name = "mse", params = {},
    values = { 0.119632183954, 0.75, 1.7954990718, 1.98661489363 } },
  { name = "nmse", params = {},
    values = { 0.0287623819362, 0.25, 0.323099548762, 0.334083644774 } },
  { name = "mae", params = {},
    values = { 0.579800154228, 1.5, 1.90622208373, 1.99999999591 } },
  { name = "rll", params = { alpha = 0.01 },
    values = { 2.57089662111, 4.61512051684, 4.66132138545, 6.32355493326 } },
  { name = "rll", params = { alpha = 0.1 },
    values = { 0.947806532608, 2.3978952728, 2.83058227715, 3.21688968017 } },
  { name = "rll", params = { alpha = 0.45 },
    values = { 0.413339542651, 1.17007125265, 1.45561506911, 1.56349684749 } },
}

for _, case in ipairs(golden) do
  local loss = nj.losses[case.name](case.params)

  test(case.name .. " has the golden values", function(t)
    t.near(loss(logits, labels), case.values, 1e-9)
  end)

  test(case.name .. " has the gradient that finite differences show", function(t)
    -- Softer logits than above: at 10 and -10 differences lose their digits.
    local start = logits * 0.3
    local function mean(z)
      return loss(z, labels):mean()
    end
    local _, gradient = nj.value_and_grad(mean, start)
    local found, numbers, step = gradient:totable(), start:totable(), 1e-5
    for i = 1, 4 do
      for j = 1, 4 do
        local kept = numbers[i][j]
        numbers[i][j] = kept + step
        local above = mean(nj.tensor(numbers, { dtype = "float64" })):item()
        numbers[i][j] = kept - step
        local below = mean(nj.tensor(numbers, { dtype = "float64" })):item()
        numbers[i][j] = kept
        t.near(found[i][j], (above - below) / (2 * step), 1e-8)
      end
    end
  end)

  test(case.name .. " is finite at logits of 1e4", function(t)
    local extreme = nj.tensor({ { 1e4, -1e4, 0, 0 }, { -1e4, 1e4, 1e4, 0 } }, { dtype = "float64" })
    local two = nj.tensor({ 2, 1 }, { dtype = "int32" })
    local value, gradient = nj.value_and_grad(function(z) return loss(z, two):mean() end, extreme)
    t.ok(value:isfinite():item())
    t.ok(gradient:isfinite():all():item())
  end)
end

local function sum_over_labels(loss)
  local total = 0
  for class = 1, 4 do
    total = total + loss(logits, nj.full({ 4 }, class, { dtype = "int32" }))
  end
  return total
end

test("rll, nmse and mae are symmetric", function(t)
  local bound = 4 * math.log(1.1 / 0.1)
  t.near(sum_over_labels(nj.losses.rll { alpha = 0.1 }), { bound, bound, bound, bound }, 1e-9)
  t.near(sum_over_labels(nj.losses.nmse {}), { 1, 1, 1, 1 }, 1e-9)
  t.near(sum_over_labels(nj.losses.mae {}), { 6, 6, 6, 6 }, 1e-9)
end)

test("scale multiplies nmse", function(t)
  local plain, scaled = nj.losses.nmse {}, nj.losses.nmse { scale = 0.1 }
  t.near(scaled(logits, labels), (plain(logits, labels) * 0.1):totable(), 1e-15)
end)

test("a perfect prediction costs nothing", function(t)
  local sure = nj.tensor({ { 60, 0, 0, 0 } }, { dtype = "float64" })
  for _, name in ipairs { "cce", "mse", "nmse", "mae", "rll" } do
    t.near(nj.losses[name] {}(sure, nj.tensor({ 1 }, { dtype = "int32" })), { 0 }, 1e-12)
  end
end)
