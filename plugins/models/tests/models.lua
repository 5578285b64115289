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

-- Counts as the papers and their public code give them (batch norm: a factor and an offset a channel).
for name, count in pairs {
  lenet = 1663370, resnet18 = 11175370, resnet20 = 269722, resnet32 = 464154, resnet44 = 658586, resnet56 = 853018,
  inception_lite = 1649402 + 3424,
} do
  test(name .. " has the published number of parameters", function(t)
    local model = nj.models[name] {}
    t.equal(model:parameter_count(), count)
  end)
end

test("convolutional nets give a row of logits an image", function(t)
  for name, shape in pairs {
    lenet = { 2, 28, 28, 1 }, resnet18 = { 2, 28, 28, 1 }, resnet20 = { 2, 32, 32, 3 },
    inception_lite = { 2, 28, 28, 3 },
  } do
    local model = nj.models[name] { classes = 7 }
    model:initialize(1)
    local logits = model:forward(nj.randn(shape, { seed = 1, name = "images" }))
    t.equal(logits:shape(), { 2, 7 })
    t.equal(logits:isfinite():all():item(), true)
  end
end)

test("lenet takes other images, resnets other channels", function(t)
  local lenet = nj.models.lenet { height = 16, width = 20, channels = 3 }
  lenet:initialize(1)
  t.equal(lenet:forward(nj.ones { 1, 16, 20, 3 }):shape(), { 1, 10 })
  t.equal(nj.models.resnet18 { channels = 3 }:parameter_count(), 11175370 + 2 * 7 * 7 * 64)
end)

test("a shortcut without parameters steps and adds channels of zeros", function(t)
  local x = nj.arange(16):reshape { 1, 4, 4, 1 }
  local y = nj.layers.strided_pad { stride = 2, channels = 3 }:forward(x)
  t.equal(y:shape(), { 1, 2, 2, 4 })
  t.equal(y:narrow(4, 2, 1):flatten():totable(), x:slice({}, { 1, 4, 2 }, { 1, 4, 2 }):flatten():totable())
  t.equal(y:sum():item(), y:narrow(4, 2, 1):sum():item())
end)
