local nj = require "nightjar"
local test = require "nightjar.test"

local data = nj.data.from_tensors {
  name = "six", inputs = nj.randn({ 6, 3 }, { seed = 1 }), classes = 2,
  labels = nj.tensor({ 1, 2, 1, 2, 2, 1 }, { dtype = "int32" }),
}

-- The weights of a linear model after three steps.
local function trained(optimizer)
  local model = nj.nn.sequential { nj.nn.linear(3, 2, { dtype = "float64" }) }
  model:initialize(1)
  nj.trainer {
    model = model, loss = nj.losses.cce {}, optimizer = optimizer, learning_rate = 0.1, batch_size = 6,
  }:fit(data, { epochs = 3 })
  return model:parameters()["layers.1.weight"]:totable()
end

-- As long as it is what it starts as. Then compare with what the paper's formula gives.
test("NAME steps as gradient descent with momentum", function(t)
  t.near(trained(nj.optim["../NAME.lua"] { momentum = 0.5 }), trained(nj.optim.sgd { momentum = 0.5 }), 1e-12)
end)
