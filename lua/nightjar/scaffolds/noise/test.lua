local nj = require "nightjar"
local test = require "nightjar.test"

local make = nj.noise["../NAME.lua"]
local labels = nj.tensor({ 1, 2, 3, 3, 2, 1 }, { dtype = "int32" })

test("NAME changes nothing at rate 0, and all at rate 1", function(t)
  t.equal(make { rate = 0 }:apply(labels, { classes = 3, seed = 1 }):totable(), labels:totable())
  t.equal(make { rate = 1 }:apply(labels, { classes = 3, seed = 1 }):totable(), { 2, 3, 1, 1, 3, 2 })
end)

test("NAME gives the same labels for the same seed", function(t)
  local noise = make { rate = 0.5 }
  local first = noise:apply(labels, { classes = 3, seed = 7 })
  t.equal(first:totable(), noise:apply(labels, { classes = 3, seed = 7 }):totable())
end)
