-- People who come from PyTorch type its names: each is there, or the message says what to write here, or what is near.
-- Names of the library that are misspelt keep their nearest name.
local nj = require "nightjar"
local test = require "nightjar.test"
local names = require "data.torch_names"

local x, y = nj.ones(2, 2), nj.tensor({ 1, 2 }, { dtype = "int32" })
local model = nj.nn.sequential { nj.nn.linear(2, 2) }
local loss, optimizer = nj.losses.cce {}, nj.optim.sgd {}

local objects = {
  tensor = x, nj = nj, ["nj.nn"] = nj.nn, ["nj.losses"] = nj.losses, ["nj.optim"] = nj.optim,
  ["nj.schedules"] = nj.schedules, ["nj.data"] = nj.data, layer = model, loss = loss, optimizer = optimizer,
  schedule = nj.schedules.constant { base = 0.1 },
  ["data set"] = nj.data.from_tensors { inputs = x, labels = y, classes = 2 },
  trainer = nj.trainer { model = model, loss = loss, optimizer = optimizer, learning_rate = 0.1 },
}

-- What came of asking for a name: nil where it is there.
local function message_of(object, name)
  local fine, value = pcall(function() return object[name] end)
  if not fine then
    return tostring(value)
  end
  return value == nil and "nil" or nil
end

for kind, object in pairs(objects) do
  test("every name of PyTorch that is looked for on a " .. kind .. " is answered", function(t)
    local count, missing = 0, {}
    for name in names[kind]:gmatch("%S+") do
      count = count + 1
      local message = message_of(object, name)
      if message and not message:find("'" .. name .. "': ", 1, true) then
        missing[#missing + 1] = name
      end
    end
    t.ok(count >= 5, kind .. " has " .. count .. " names")
    t.equal(missing, {})
  end)
end

test("what people ask of whatever they hold is answered on every kind of object", function(t)
  local held = {
    ["noise model"] = nj.noise.uniform { rate = 0.2 }, augmentation = nj.augmentations.mixup {},
    callback = nj.callbacks.early_stopping {}, metric = nj.metrics.accuracy {}, average = nj.ema { decay = 0.9 },
    data = nj.data.load("digits"), ["nj.noise"] = nj.noise, ["nj.models"] = nj.models, ["nj.metrics"] = nj.metrics,
    ["nj.callbacks"] = nj.callbacks, ["nj.augmentations"] = nj.augmentations, stream = nj.random_stream(1),
  }
  for kind, object in pairs(objects) do
    held[kind] = object
  end
  local asked = "cuda cpu eval train fit backward zero_grad requires_grad no_grad step state_dict load_state_dict "
    .. "parameters named_parameters forward predict evaluate freeze numpy item shape batch_size lr get_last_lr targets "
    .. "DataLoader compile cross_entropy CrossEntropyLoss"
  local missing = {}
  for kind, object in pairs(held) do
    for name in asked:gmatch("%S+") do
      local message = message_of(object, name)
      if message and not message:find("'" .. name .. "': ", 1, true) then
        missing[#missing + 1] = kind .. "." .. name
      end
    end
  end
  table.sort(missing)
  t.equal(missing, {})
end)

test("what objects are asked for is no advice on variables, options and parameters", function(t)
  local cases = {
    { function() return nj.optim.sgd { weight = 1 } end, "did you mean 'weight_decay'?" },
    { function() return nj.optim.sgd { step = 1 } end, "parameters are dampening" },
    { function() return weight + 1 end, "there is no variable 'weight'" }, -- luacheck: ignore 113
    { function() return nj.schedules.step { gamma = 0.1 } end, "write nj.schedules.step { base = 0.1, every = 30" },
    { function() return nj.noise.uniform {} (y) end, "noise model 'uniform' is not called: " },
    { function() return nj.metrics.accuracy {} (x, y) end, "metric 'accuracy' is called with an evaluation, as in " },
  }
  for _, case in ipairs(cases) do
    local _, message = pcall(case[1])
    t.ok(tostring(message):find(case[2], 1, true), tostring(message))
    t.ok(not tostring(message):find("model's parameters", 1, true), tostring(message))
  end
end)

test("a pattern of names catches no other names", function(t)
  local cases = {
    { x, "children", "complex" }, { x, "weight", "slogdet" }, { nj, "children", "complex" },
    { nj.nn, "weight", "slogdet" }, { x, "step", "nj.schedules" }, { x, "forward", "nj.losses" },
    { nj, "forward", "nj.losses" }, { x, "bool", "float64" }, { nj, "Conv2d", "linear" }, { nj, "Dropout", "linear" },
    { x, "randn_like", "nj.rand(" },
  }
  for _, case in ipairs(cases) do
    local message = message_of(case[1], case[2])
    t.ok(message and not message:find(case[3], 1, true), case[2] .. ": " .. tostring(message))
  end
end)

test("names are looked for in other places of the library, and under the name without _", function(t)
  local cases = {
    { nj, "tan", "write x:sin() / x:cos()" },
    { nj, "early_stopping", "it is in nj.callbacks: write nj.callbacks.early_stopping" },
    { nj.nn, "softplus_", "a tensor does not change, so there is no name with _: write x:softplus(...)" },
    { nj.nn, "square", "functions are methods of tensors: write x:square(...)" },
    { nj.nn, "tensor", "it is in nj: write nj.tensor" },
    { nj.optim, "cosine", "it is in nj.schedules: write nj.schedules.cosine" },
    { nj.losses, "sgd", "it is in nj.optim: write nj.optim.sgd" },
    { x, "layer_norm", "it is in nj.nn: write nj.nn.layer_norm" },
    { x, "cumsum_", "a tensor does not change, so there is no name with _: write x:cumsum(...)" },
    { x, "multiply_", "write x * 2" },
  }
  for _, case in ipairs(cases) do
    local message = message_of(case[1], case[2])
    t.ok(message and message:find("'" .. case[2] .. "': " .. case[3], 1, true), case[2] .. ": " .. tostring(message))
  end
end)

test("misspelt names of the library keep their nearest name", function(t)
  local cases = {
    { nj, "tensr", "tensor" }, { nj, "zeross", "zeros" }, { nj, "trainr", "trainer" }, { x, "reshpe", "reshape" },
    { x, "sofmax", "softmax" }, { x, "transpos", "transpose" }, { nj.nn, "linaer", "linear" },
    { nj.nn, "batchnorm2", "batch_norm" }, { nj.losses, "fokal", "focal" }, { nj.optim, "adm", "adam" },
    { nj.schedules, "cosin", "cosine" }, { model, "forwrd", "forward" }, { objects.trainer, "fitt", "fit" },
  }
  for _, case in ipairs(cases) do
    local message = message_of(case[1], case[2])
    t.ok(message and message:find("did you mean '" .. case[3] .. "'", 1, true), case[2] .. ": " .. tostring(message))
  end
end)
