local nj = require "nightjar"
local test = require "nightjar.test"

test("NAME ends a training whose labels fit", function(t)
  local inputs = nj.tensor { { 1, 0 }, { 0, 1 } }
  local labels = nj.tensor({ 1, 2 }, { dtype = "int32" })
  local data = nj.data.from_tensors { name = "two", inputs = inputs, labels = labels, classes = 2 }
  local trainer = nj.trainer {
    model = nj.nn.linear(2, 2), loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 1,
    callbacks = { nj.callbacks["../NAME.lua"] { accuracy = 100 } }, seed = 1,
  }
  local records, ending = trainer:fit(data, { epochs = 100 })
  t.equal(ending, "stopped")
  t.equal(records[#records].j1, 100)
end)

test("NAME refuses what is no percentage", function(t)
  t.error_with(function()
    return nj.callbacks["../NAME.lua"] { accuracy = 101 }
  end, "accuracy")
end)
