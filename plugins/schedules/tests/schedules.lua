local nj = require "nightjar"
local test = require "nightjar.test"

test("constant stays", function(t)
  local rate = nj.schedules.constant { base = 0.3 }
  t.equal({ rate(1, 1), rate(50, 1000) }, { 0.3, 0.3 })
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
