local nj = require "nightjar"
local test = require "nightjar.test"

local logits = nj.tensor({ { 3, 1, 0 }, { 0, 2, 1.5 } }, { dtype = "float64" })
local labels = nj.tensor({ 1, 3 }, { dtype = "int32" })

test("a sample beyond its margin costs nothing, another what it lacks", function(t)
  t.near(nj.losses["../losses/hinge.lua"] { margin = 1 } (logits, labels), { 0, 1.5 }, 1e-12)
  t.near(nj.losses["../losses/hinge_squared.lua"] { margin = 1 } (logits, labels), { 0, 2.25 }, 1e-12)
end)

test("the margin is that to the largest of the other logits", function(t)
  local metric = nj.metrics["../metrics/logit_margin.lua"] {}
  t.near(metric { logits = logits, labels = labels }, { 2, -0.5 }, 1e-12)
end)

test("the gradients are those that differences say", function(t)
  for _, name in ipairs { "hinge", "hinge_squared" } do
    local loss = nj.losses["../losses/" .. name .. ".lua"] {}
    t.ok(nj.gradcheck(function(z)
      return loss(z, labels)
    end, logits))
  end
end)
