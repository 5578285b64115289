local nj = require "nightjar"
local test = require "nightjar.test"

test("NAME starts as the identity", function(t)
  local layer = nj.layers["../NAME.lua"] { features = 2 }
  layer:initialize(1)
  t.equal(layer:forward(nj.tensor { { 3, 4 }, { 5, 6 } }):totable(), { { 3, 4 }, { 5, 6 } })
end)
