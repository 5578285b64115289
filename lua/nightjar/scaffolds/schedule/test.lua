local nj = require "nightjar"
local test = require "nightjar.test"

test("NAME falls with the square root of the epoch", function(t)
  local rate = nj.schedules["../NAME.lua"] { base = 0.6 }
  t.near({ rate(1, 1), rate(4, 100), rate(9, 200) }, { 0.6, 0.3, 0.2 }, 1e-12)
end)
