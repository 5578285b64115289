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
  end, "plugins/models/mlp.lua:30: nj.nn has no 'rellu': did you mean 'relu'?")
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

-- Counts as the papers, their public code and PyTorch give them (batch norm: a factor and an offset a channel).
local published = {
  { "lenet", {}, 1663370 }, { "alexnet_small", {}, 1387786 },
  { "resnet18", {}, 11175370 }, { "resnet18", { channels = 3, classes = 1000 }, 11689512 },
  { "resnet18", { channels = 3, stem = "cifar" }, 11173962 },
  { "resnet34", {}, 21282122 }, { "resnet34", { stem = "imagenet", classes = 1000 }, 21797672 },
  { "resnet50", {}, 23520842 }, { "resnet50", { stem = "imagenet", classes = 1000 }, 25557032 },
  { "resnet20", {}, 269722 }, { "resnet32", {}, 464154 }, { "resnet44", {}, 658586 }, { "resnet56", {}, 853018 },
  { "preact_resnet18", {}, 11171146 }, { "preact_resnet18", { final_norm = true }, 11172170 },
  { "wrn28", {}, 36479194 }, { "wrn28", { k = 1 }, 369498 }, { "wrn28", { k = 2 }, 1467610 },
  { "vgg11", {}, 9231114 }, { "vgg16", {}, 14728266 },
  { "inception_lite", {}, 1649402 + 3424 }, { "inception_lite_public", {}, 1659482 + 3424 },
}

for _, case in ipairs(published) do
  local name, parameters, count = table.unpack(case)
  local given = {}
  for key, value in pairs(parameters) do
    given[#given + 1] = key .. " = " .. tostring(value)
  end
  table.sort(given)
  test(name .. " { " .. table.concat(given, ", ") .. " } has the published number of parameters", function(t)
    t.equal(nj.models[name](parameters):parameter_count(), count)
  end)
end

-- Images that each network is for, and parameters that make it small.
local images_of = {
  lenet = { 28, 1 }, cnn4 = { 28, 1 }, cnn6 = { 32, 3 }, cnn8 = { 32, 3 }, cnn9 = { 32, 3 }, alexnet_small = { 28, 3 },
  vgg11 = { 32, 3 }, vgg16 = { 32, 3 }, resnet18 = { 28, 1 }, resnet34 = { 32, 3 }, resnet50 = { 32, 3 },
  resnet20 = { 32, 3 }, resnet32 = { 32, 3 }, resnet44 = { 32, 3 }, resnet56 = { 32, 3 },
  preact_resnet18 = { 32, 3 }, wrn28 = { 32, 3, { k = 1 } }, inception_lite = { 28, 3 },
  inception_lite_public = { 32, 3 },
}

for name, make in pairs(nj.models) do
  if name ~= "mlp" then
    test(name .. " takes a step: each parameter has a gradient, and the loss falls along it", function(t)
      local extent, channels, parameters = table.unpack(images_of[name])
      local given = { classes = 7 }
      for key, value in pairs(parameters or {}) do
        given[key] = value
      end
      local model = make(given)
      model:initialize(1)
      local images = nj.randn({ 4, extent, extent, channels }, { seed = 1, name = "images" })
      local labels = nj.tensor({ 1, 5, 7, 2 }, { dtype = "int32" })
      local function loss(weights)
        local logits = model:forward(images, { parameters = weights, training = true, seed = 3 })
        t.equal(logits:shape(), { 4, 7 })
        return nj.losses.cce {} (logits, labels):mean()
      end
      local weights = model:parameters()
      local before, gradients = nj.value_and_grad(loss, weights)
      local squares, after = 0, {}
      for path, gradient in pairs(gradients) do
        local length = gradient:double():square():sum():item()
        t.ok(length > 0 and length < math.huge, path .. " has a gradient of squared length " .. length)
        squares = squares + length
      end
      for path, gradient in pairs(gradients) do
        after[path] = weights[path] - 0.02 / math.sqrt(squares) * gradient
      end
      t.ok(loss(after):item() < before:item())
    end)
  end
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
