local nj = require "nightjar"
local test = require "nightjar.test"

test("NAME is the mean of the largest probability", function(t)
  local metric = nj.metrics["../NAME.lua"] {}
  local value = metric { probabilities = nj.tensor({ { 0.5, 0.5 }, { 0.1, 0.9 } }, { dtype = "float64" }) }
  t.near(nj.is_tensor(value) and value:item() or value, 70, 1e-9)
end)
