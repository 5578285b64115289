local nj = require "nightjar"
local test = require "nightjar.test"

test("NAME trains", function(t)
  local data = nj.data.from_tensors {
    name = "four", inputs = nj.randn({ 4, 3 }, { seed = 1 }), classes = 2,
    labels = nj.tensor({ 1, 2, 1, 2 }, { dtype = "int32" }),
  }
  local records = nj.trainer {
    model = nj.nn.sequential { nj.nn.linear(3, 2) }, loss = nj.losses.cce {}, optimizer = nj.optim.sgd {},
    learning_rate = 0.1, batch_size = 4, augment = nj.augmentations["../NAME.lua"] {},
  }:fit(data, { epochs = 1 })
  t.ok(records[1].loss == records[1].loss, "the loss is a number")
end)

test("NAME refuses a share above 1", function(t)
  t.error_with(function()
    return nj.augmentations["../NAME.lua"] { most = 2 }
  end, "most")
end)
