local nj = require "nightjar"
local test = require "nightjar.test"

test("NAME gives logits for each sample", function(t)
  local model = nj.models["../NAME.lua"] { inputs = 6, classes = 3, width = 4 }
  model:initialize(1)
  t.equal(model:forward(nj.ones(5, 2, 3)):shape(), { 5, 3 })
  t.equal(model:parameter_count(), 6 * 4 + 4 + 4 * 3 + 3)
end)
