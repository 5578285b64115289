local nj = require "nightjar"
local test = require "nightjar.test"

test("mlp has the parameters of its layers", function(t)
  t.equal(nj.models.mlp { inputs = 784, hidden = { 512, 512 }, classes = 10 }:parameter_count(), 669706)
  t.equal(nj.models.mlp { inputs = 64, hidden = {}, classes = 10 }:parameter_count(), 650)
end)

test("mlp computes what its weights say", function(t)
  local model = nj.models.mlp { inputs = 3, hidden = { 4 }, classes = 2, dtype = "float64" }
  model:initialize(5)
  local w = model:parameters()
  local x = nj.tensor({ { 0.5, -1, 2 }, { 1, 0, -0.25 } }, { dtype = "float64" })
  local hidden = (x:matmul(w["layers.2.weight"]) + w["layers.2.bias"]):relu()
  local expected = hidden:matmul(w["layers.4.weight"]) + w["layers.4.bias"]
  t.near(model:forward(x), expected:totable(), 1e-14)
end)

test("mlp flattens images", function(t)
  local model = nj.models.mlp { inputs = 12, hidden = { 4 }, classes = 2 }
  model:initialize(1)
  t.equal(model:forward(nj.ones({ 5, 2, 3, 2 })):shape(), { 5, 2 })
end)

test("an activation that does not exist is named with the nearest", function(t)
  t.error(function()
    nj.models.mlp { inputs = 4, activation = "rellu" }
  end, "plugins/models/mlp.lua:21: nj.nn has no 'rellu': did you mean 'relu'?")
end)

test("a model that builds no layer is named", function(t)
  local function build(value)
    return function()
      nj.model { name = "odd", build = function() return value end } {}
    end
  end
  t.error(build(nil), "plugins/models/tests/models.lua:34: build of model 'odd' returned nothing: did it forget "
    .. "'return'?")
  t.error(build(nj.ones { 2 }), "plugins/models/tests/models.lua:34: build of model 'odd' must return a layer, it "
    .. "returned a tensor")
  t.error_with(build(nj.models.mlp), "must return a layer, it returned a model's definition: call it with its "
    .. "parameters")
end)

test("a model may be a layer in Lua", function(t)
  local double = nj.layer {
    name = "double",
    forward = function(_, x)
      return 2 * x
    end,
  }
  local model = nj.model { name = "doubling", build = function() return double {} end } {}
  t.equal(model(nj.tensor { 3 }), { 6 })
end)
