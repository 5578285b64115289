local nj = require "nightjar"
local test = require "nightjar.test"

local file = "plugins/layers/tests/layers.lua"

local scale = nj.layer {
  name = "scale",
  params = { features = { type = "integer", min = 1 }, dtype = "float32" },
  parameters = function(self)
    return { weight = { shape = { self.features }, init = 2 } }
  end,
  forward = function(self, x)
    return x * self.weight
  end,
}

-- Counts its calls in training.
local counting = nj.layer {
  name = "counting",
  buffers = { count = { shape = {}, init = "zeros" } },
  forward = function(self, x)
    self.count = self.count + 1
    return x + self.count
  end,
}

local block = nj.layer {
  name = "block",
  params = { width = 3 },
  children = function(self)
    return { layers = { nj.nn.linear(self.width, self.width), scale { features = self.width } }, last = nj.nn.tanh() }
  end,
  forward = function(self, x)
    for _, layer in ipairs(self.layers) do
      x = layer(x)
    end
    return self.last(x)
  end,
}

local function keys(t)
  local list = {}
  for key in pairs(t) do
    list[#list + 1] = key
  end
  table.sort(list)
  return list
end

test("a layer computes with its parameters", function(t)
  local layer = scale { features = 3 }
  layer:initialize(1)
  t.equal(layer:forward(nj.tensor { { 1, 2, 3 } }), { { 2, 4, 6 } })
  t.equal(layer(nj.tensor { { 1, 2, 3 } }), { { 2, 4, 6 } })
  t.equal(layer:parameter_count(), 3)
end)

test("children have paths, in lists as well", function(t)
  local model = nj.nn.sequential { block {}, nj.nn.relu(), block {} }
  model:initialize(1)
  t.equal(keys(model:parameters()), {
    "layers.1.layers.1.bias", "layers.1.layers.1.weight", "layers.1.layers.2.weight", "layers.3.layers.1.bias",
    "layers.3.layers.1.weight", "layers.3.layers.2.weight",
  })
  local x, w = nj.tensor { { 0.5, -1, 2 } }, model:parameters()
  local function by_hand(input, path)
    return ((input:matmul(w[path .. ".1.weight"]) + w[path .. ".1.bias"]) * w[path .. ".2.weight"]):tanh()
  end
  t.equal(model(x), by_hand(by_hand(x, "layers.1.layers"):relu(), "layers.3.layers"):totable())
end)

test("a layer in Lua gives what the same native layers give", function(t)
  local native, lua = nj.nn.sequential { nj.nn.linear(3, 3), nj.nn.tanh() }, block {}
  native:initialize(1)
  local w = native:parameters()
  lua:load {
    ["layers.1.weight"] = w["layers.1.weight"], ["layers.1.bias"] = w["layers.1.bias"],
    ["layers.2.weight"] = nj.ones { 3 },
  }
  local x = nj.randn({ 4, 3 }, { seed = 3 })
  t.equal(lua(x), native(x):totable())
end)

test("gradients pass through layers in Lua", function(t)
  local layer = scale { features = 2 }
  layer:initialize(1)
  local gradient = nj.grad(function(x)
    return layer(x):square():sum()
  end, nj.tensor { { 1, -3 } })
  t.equal(gradient, { { 8, -24 } })
end)

test("several tensors go into a layer and several come out", function(t)
  local pair = nj.layer {
    name = "pair",
    forward = function(_, a, b)
      return a + b, a - b
    end,
  }
  local outer = nj.layer {
    name = "outer",
    children = function()
      return { pair = pair {} }
    end,
    forward = function(self, x)
      local sum, difference = self.pair(x, 2 * x)
      return sum * difference
    end,
  }
  t.equal(outer {}(nj.tensor { { 3 } }), { { -27 } })
  local sum, difference = pair {}(nj.tensor { 1 }, nj.tensor { 5 })
  t.equal({ sum:item(), difference:item() }, { 6, -4 })
end)

test("buffers change in training and stay in evaluation", function(t)
  local layer = nj.nn.sequential { counting {} }
  local x = nj.tensor { 0 }
  t.equal(layer(x), { 1 })
  t.equal(layer:buffers()["layers.1.count"]:item(), 0)
  local first = layer:forward(x, { training = true })
  local second = layer:forward(x, { training = true })
  t.equal({ first:item(), second:item() }, { 1, 2 })
  t.equal(layer:buffers()["layers.1.count"]:item(), 2)
end)

test("a layer used twice sees its first update", function(t)
  local shared = counting {}
  local twice = nj.layer {
    name = "twice",
    children = function()
      return { shared = shared }
    end,
    forward = function(self, x)
      return self.shared(self.shared(x))
    end,
  }
  local model = twice {}
  t.equal(model:forward(nj.tensor { 0 }, { training = true }), { 3 })
  t.equal(model:buffers()["shared.count"]:item(), 2)
end)

test("draws depend on the path, the seed and the step", function(t)
  local noise = nj.layer {
    name = "noise",
    forward = function(self, x)
      return self.training and x + nj.rand(x:shape()) or x
    end,
  }
  local model = nj.nn.sequential { noise {}, noise {} }
  local x = nj.zeros { 5 }
  local function draw(options)
    options.training = true
    return model:forward(x, options):totable()
  end
  t.equal(model(x), { 0, 0, 0, 0, 0 })
  local first = draw { seed = 4, step = 2 }
  nj.rand { 3 }
  t.equal(draw { seed = 4, step = 2 }, first)
  t.ok(draw({ seed = 4, step = 3 })[1] ~= first[1])
  t.ok(draw({ seed = 5, step = 2 })[1] ~= first[1])
  local single = nj.nn.sequential { noise {} }:forward(x, { training = true, seed = 4, step = 2 })
  t.ok(first[1] ~= 2 * single:totable()[1])
end)

test("residual, parallel and concat combine what their layers give", function(t)
  local x = nj.tensor { { 1, -2 } }
  local double = scale { features = 2 }
  local models = {
    { nj.nn.residual(nj.nn.relu()), { { 2, -2 } } },
    { nj.nn.residual(nj.nn.relu(), double), { { 3, -4 } } },
    { nj.nn.parallel { nj.nn.relu(), double, nj.nn.identity() }, { { 4, -6 } } },
    { nj.nn.concat { nj.nn.relu(), double }, { { 1, 0, 2, -4 } } },
    { nj.nn.concat { double }, { { 2, -4 } } },
  }
  for _, case in ipairs(models) do
    case[1]:initialize(1)
    t.equal(case[1](x), case[2])
  end
  t.equal(keys(nj.nn.concat { nj.nn.relu(), double }:parameters()), { "branches.2.weight" })
  t.equal(keys(nj.nn.residual(nj.nn.relu(), double):parameters()), { "shortcut.weight" })
end)

test("batch normalisation follows the batch in training and its past in evaluation", function(t)
  local layer = nj.nn.batch_norm(1, { momentum = 0.5, dtype = "float64" })
  layer:initialize(1)
  local x = nj.tensor({ { 2 }, { 6 } }, { dtype = "float64" })
  t.near(layer:forward(x, { training = true }), { { -1 }, { 1 } }, 1e-5)
  local state = layer:buffers()
  t.near(state.running_mean, { 2 }, 1e-12)
  t.near(state.running_var, { 0.5 + 0.5 * 8 }, 1e-12)
  t.near(layer(x), { { 0 }, { 4 / math.sqrt(4.5 + 1e-5) } }, 1e-12)
end)

test("first values are drawn as declared", function(t)
  local drawn = nj.layer {
    name = "drawn",
    parameters = {
      a = { shape = { 2 }, init = "ones" },
      b = { shape = { 1000 }, init = { "normal", mean = 5, deviation = 0.1 } },
      c = { shape = { 1000 }, init = { "uniform", low = -3, high = -2 } },
      d = { shape = {}, init = 7, dtype = "float32", trainable = false },
    },
    forward = function(self, x)
      return x * self.d
    end,
  }
  local layer = drawn {}
  layer:initialize(1)
  local values = layer:parameters()
  t.equal(values.a, { 1, 1 })
  t.near(values.b:mean():item(), 5, 0.02)
  t.ok(values.c:min():item() >= -3 and values.c:max():item() < -2)
  t.equal(values.d:item(), 7)
  t.equal(layer:parameter_count(), 2002)
end)

-- ---- Mistakes -------------------------------------------------------------------------------------------------------

local function layer_with(forward, parts)
  local fields = { name = "mine", forward = forward }
  for name, value in pairs(parts or {}) do
    fields[name] = value
  end
  local layer = nj.layer(fields) {}
  layer:initialize(1)
  return layer
end

local x = nj.ones { 2, 3 }

test("a wrong shape names the line and the layer's path", function(t)
  local layer = layer_with(function(self, input)
    return input * self.weight
  end, { parameters = { weight = { shape = { 2 } } } })
  local model = nj.nn.sequential { nj.nn.relu(), layer }
  t.error(function()
    model(x)
  end, file .. ":233: shapes (2, 3) and (2) do not fit for '*': dimensions must be equal or 1, or the smaller "
    .. "shape must equal the last dimensions of the larger\n"
    .. "  left operand (2, 3) made at model.layers.1 (relu) by relu\n"
    .. "  right operand (2) made at " .. file .. ":233\n"
    .. "  in layer model.layers.2 (mine)")
end)

test("a forgotten return and other results are named", function(t)
  t.error(function()
    layer_with(function() end)(x)
  end, file .. ":247: forward of layer 'mine' returned nothing: did it forget 'return'?\n  in layer model (mine)")
  t.error(function()
    layer_with(function(_, input) return input:sum():item() end)(x)
  end, file .. ":250: forward of layer 'mine' must return a tensor, it returned the number 6.0 (leave out :item())\n"
    .. "  in layer model (mine)")
end)

test("a misspelt field suggests the nearest", function(t)
  local parts = { parameters = { weight = { shape = { 3 } } }, buffers = { level = { shape = {} } } }
  t.error(function()
    layer_with(function(self, input) return input * self.weigth end, parts)(x)
  end, file .. ":258: layer 'mine' has no 'weigth': did you mean 'weight'?\n  in layer model (mine)")
  t.error(function()
    layer_with(function(self, input)
      self.levle = nj.tensor(1)
      return input
    end, parts)(x)
  end, file .. ":262: layer 'mine' has no buffer 'levle': did you mean 'level'?: declare it with "
    .. "buffers = { levle = { shape = ... } }\n  in layer model (mine)")
  t.error(function()
    layer_with(function(self, input)
      self.weight = input
      return input
    end, parts)(x)
  end, file .. ":269: parameter 'weight' of layer 'mine' is changed by the optimizer: it cannot be assigned to\n"
    .. "  in layer model (mine)")
  t.error(function()
    layer_with(function(self, input)
      self.level = input
      return input
    end, parts)(x)
  end, file .. ":276: model (mine): buffer 'level' holds float32 values of shape () and cannot take float32 values of "
    .. "shape (2, 3)")
end)

test("a parameter without values is named", function(t)
  t.error(function()
    nj.nn.sequential { scale { features = 3 } }(x)
  end, file .. ":13: model.layers.1 (scale): the weights have no values yet: initialize the model with a seed, or load "
    .. "weights")
end)

test("a layer that is no child has no path", function(t)
  local relu = nj.nn.relu()
  t.error(function()
    layer_with(function(_, input) return relu(input) end)(x)
  end, file .. ":293: model (mine) calls a relu layer that is not one of its children: return it from 'children', so "
    .. "that it has a path")
end)

test("declarations are checked", function(t)
  local function declare(parts)
    return function()
      layer_with(function(_, input) return input end, parts)
    end
  end
  t.error_with(declare { parameters = { weight = { init = "zeros" } } },
    "parameter 'weight' of layer 'mine' needs a shape, as in shape = { 3, 4 }; {} is a single number")
  t.error_with(declare { parameters = { weight = { shape = { 3 }, init = "zeroes" } } },
    "parameter 'weight' of layer 'mine': there is no initialiser \"zeroes\": did you mean \"zeros\"?")
  t.error_with(declare { parameters = { weight = { shape = { 3 }, inti = "zeros" } } },
    "parameter 'weight' of layer 'mine' has an unknown field 'inti': did you mean 'init'?")
  t.error_with(declare { parameters = { weight = { shape = { 3 }, init = { "normal" } } } },
    "parameter 'weight' of layer 'mine': initialiser \"normal\" needs 'deviation', as in "
      .. "{ \"normal\", deviation = 0.02 }")
  t.error_with(declare { buffers = { weight = { shape = {} } }, parameters = { weight = { shape = {} } } },
    "layer 'mine' has two parts called 'weight'")
  t.error_with(declare { parameters = function() end },
    "parameters of layer 'mine' returned nothing: did it forget 'return'?")
  t.error_with(declare { children = function() return { nj.nn.relu() } end },
    "'children' of layer 'mine' go by names, for example { weight = ... }, got 1")
  t.error_with(declare { children = function() return { inner = 3 } end },
    "child 'inner' of layer 'mine' must be a layer or a list of layers, got a number")
end)

test("containers say what does not fit", function(t)
  local grow = nj.nn.linear(3, 4)
  grow:initialize(1)
  t.error(function()
    nj.nn.residual(grow)(x)
  end, "plugins/layers/residual.lua:21: the body gives shape (2, 4) and the input has shape (2, 3): they must be "
    .. "equal. Give a second layer, which brings the input to the shape of the body\n  in layer model (residual)")
  t.error_with(function()
    nj.nn.parallel { nj.nn.relu(), grow }(x)
  end, "branch 2 gives shape (2, 4), those before it (2, 3): they must be equal\n  in layer model (parallel)")
  t.error(function()
    nj.nn.concat {}
  end, file .. ":334: nj.nn.concat takes a list of layers, for example nj.nn.concat { nj.nn.identity(), "
    .. "nj.nn.relu() }, got none")
end)

test("local_response_norm divides by a power of the squares beside each channel", function(t)
  local row = nj.tensor({ { 1, 2, 3, 4 } }, { dtype = "float64" })
  -- PyTorch: torch.nn.LocalResponseNorm(3, alpha = 0.6, beta = 0.5, k = 1)
  local expected = {}
  for i, sum in ipairs { 5, 14, 29, 25 } do
    expected[i] = i / math.sqrt(1 + 0.2 * sum)
  end
  t.near(nj.layers.local_response_norm { size = 3, alpha = 0.6, beta = 0.5, k = 1 }:forward(row), { expected }, 1e-12)
  -- Of an even number one more below: torch.nn.LocalResponseNorm(2, alpha = 0.6, beta = 0.5, k = 1)
  for i, sum in ipairs { 1, 5, 13, 25 } do
    expected[i] = i / math.sqrt(1 + 0.3 * sum)
  end
  t.near(nj.layers.local_response_norm { size = 2, alpha = 0.6, beta = 0.5, k = 1 }:forward(row), { expected }, 1e-12)
  local images = nj.randn({ 2, 3, 3, 4 }, { seed = 1 })
  t.equal(nj.layers.local_response_norm {}:forward(images):shape(), { 2, 3, 3, 4 })
end)

test("channel_dropout drops whole channels in training alone", function(t)
  local layer, images = nj.layers.channel_dropout { rate = 0.25 }, nj.ones(50, 3, 3, 20)
  t.equal(layer:forward(images), images:totable())
  local dropped = layer:forward(images, { training = true, seed = 5 })
  local least, most = dropped:min(3):min(2), dropped:max(3):max(2)
  t.equal(least, most:totable())
  t.near(most:eq(0):double():mean():item(), 0.25, 4 * math.sqrt(0.25 * 0.75 / 1000))
  t.near(most:max():item(), 1 / 0.75, 1e-6)
  t.ok(dropped:ne(layer:forward(images, { training = true, seed = 6 })):any():item())
end)

test("centre_crop leaves the middle", function(t)
  local images = nj.arange(2 * 5 * 4):reshape(2, 5, 4, 1)
  local middle = nj.layers.centre_crop { height = 3, width = 2 }:forward(images)
  t.equal(middle, images:narrow(2, 2, 3):narrow(3, 2, 2):totable())
  t.equal(nj.layers.centre_crop { height = 2, width = 4 }:forward(images), images:narrow(2, 2, 2):totable())
  t.error_with(function() nj.layers.centre_crop { height = 6, width = 2 }:forward(images) end,
    "centre_crop leaves 6 x 2 of images (n, height, width, channels), got shape (2, 5, 4, 1)")
end)

test("image_whitening gives each image mean 0 and deviation 1, and images of one colour zeros", function(t)
  local images = nj.randn({ 3, 4, 5, 2 }, { seed = 1 }) * 3 + 2
  local white = nj.layers.image_whitening {}:forward(images):reshape(3, 40)
  t.near(white:mean(-1), { 0, 0, 0 }, 1e-6)
  t.near(white:std(-1, { correction = 0 }), { 1, 1, 1 }, 1e-5)
  t.near(white, ((images:reshape(3, 40) - images:reshape(3, 40):mean(-1, { keep = true }))
    / images:reshape(3, 40):std(-1, { keep = true, correction = 0 })):totable(), 1e-5)
  t.equal(nj.layers.image_whitening {}:forward(nj.full({ 1, 2, 2, 1 }, 7)):reshape(4), { 0, 0, 0, 0 })
  -- The least deviation is one over the root of the numbers of an image.
  local nearly = nj.tensor { 0.01, -0.01, 0.01, -0.01 }:reshape(1, 2, 2, 1)
  t.near(nj.layers.image_whitening {}:forward(nearly):reshape(4), { 0.02, -0.02, 0.02, -0.02 }, 1e-7)
end)
