local nj = require "nightjar"
local test = require "nightjar.test"

local logits = nj.randn({ 33, 10 }, { seed = 1, dtype = "float64" }) * 3
local labels = ((nj.rand({ 33 }, { seed = 2 }) * 10):floor() + 1):int()

test("it is label smoothing as the script computes it", function(t)
  for _, r in ipairs { 0.1, 0, -0.5, 1 } do
    local own, other = nj.losses.smooth { r = r }, nj.losses.ls { r = r }
    t.near(own(logits, labels), other(logits, labels), 1e-12)
    local function gradient(loss)
      return nj.grad(function(z) return loss(z, labels):mean() end, logits)
    end
    t.near(gradient(own), gradient(other), 1e-12)
  end
end)

test("float32 agrees to its last digits", function(t)
  local z = logits:float()
  t.near(nj.losses.smooth {} (z, labels), nj.losses.ls {} (z, labels), 2e-6)
end)

test("dense labels have a loss each", function(t)
  local z = logits:narrow(1, 1, 32):reshape(2, 16, 10)
  t.near(nj.losses.smooth {} (z, labels:narrow(1, 1, 32):reshape(2, 16)):reshape(32),
    nj.losses.ls {} (logits:narrow(1, 1, 32), labels:narrow(1, 1, 32)), 1e-12)
end)
