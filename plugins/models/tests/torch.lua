-- Weights under PyTorch's names, against networks computed in NumPy (data/torch_outputs.py) and in PyTorch
-- (data/torch_modules.py).
local nj = require "nightjar"
local test = require "nightjar.test"
local golden = require "data/torch_outputs.lua"
local written = require "data/torch_modules.lua"

local settings = {
  resnet18 = { channels = 3 }, resnet34 = { stem = "imagenet" }, resnet50 = { stem = "imagenet" }, preact_resnet18 = {},
  wrn28 = { k = 2 }, vgg11 = {}, vgg16 = {},
}

local function formula(count)
  return nj.arange(count, { dtype = "float64" }) * 7919
end

-- The same numbers as those of the script.
local function values(name, shape, number)
  local count = 1
  for _, extent in ipairs(shape) do
    count = count * extent
  end
  local u = ((formula(count) + 31 * number) % 10007 / 10007 - 0.5):reshape(shape)
  if name:find("running_var$") then
    return 1 + u
  elseif #shape == 1 then
    return 0.2 * u + (name:find("weight$") and 1 or 0)
  end
  return u * math.sqrt(24 / (count / shape[1]))
end

local function weights(model)
  local names, shapes, state = {}, {}, {}
  for name, tensor in pairs(nj.torch_state(model)) do
    names[#names + 1], shapes[name] = name, tensor:shape()
  end
  table.sort(names)
  for number, name in ipairs(names) do
    state[name] = values(name, shapes[name], number):float():copy()
  end
  return state, #names
end

-- Two of them, as the scripts make them.
local function images_of(height, width, channels)
  local numbers = (formula(2 * channels * height * width) % 10007) / 10007 - 0.5
  return numbers:reshape(2, channels, height, width):permute(1, 3, 4, 2):float():copy()
end

local images = images_of(32, 32, 3)

local function made(name)
  local model = nj.models[name](settings[name])
  model:initialize(1)
  return model
end

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^plugins/models/tests/torch.lua:%d+: (.*)$") or message
end

-- PyTorch's tensors go in, give its answers, and come out again to the bit.
local function check(t, model, shown, expected, parameters)
  t.equal(model:parameter_count(), parameters)
  local state, count = weights(model)
  t.equal(count, expected.count)
  nj.load_torch(model, state)
  t.near(model:forward(shown), { expected[1], expected[2] }, 1e-3)
  for key, tensor in pairs(nj.torch_state(model)) do
    t.equal((tensor - state[key]):abs():max():item(), 0.0)
  end
end

for name, expected in pairs(golden) do
  test(name .. " has PyTorch's tensors, and answers as they do", function(t)
    check(t, made(name), images, expected, expected.parameters)
  end)
end

for _, case in ipairs(written) do
  local dropout = case.parameters.dropout and " with dropout" or ""
  test(case.name .. dropout .. " has the tensors of modules written in PyTorch, and answers as they do", function(t)
    local model = nj.models[case.name](case.parameters)
    model:initialize(1)
    check(t, model, images_of(table.unpack(case.shape)), case, case.weights)
  end)
end

test("every model names PyTorch's modules", function(t)
  local covered = {}
  for name in pairs(golden) do
    covered[name] = true
  end
  for _, case in ipairs(written) do
    covered[case.name] = true
  end
  for name in pairs(nj.models) do
    t.equal(covered[name] and name or name .. " is not among them", name)
  end
end)

test("what else PyTorch writes is passed over, and a wrapper's prefix", function(t)
  local one, other = made "vgg11", made "vgg11"
  other:initialize(2)
  local wrapped = { ["module.features.1.num_batches_tracked"] = nj.tensor({ 3 }, { dtype = "int32" }) }
  for name, tensor in pairs(nj.torch_state(one)) do
    wrapped["module." .. name] = tensor
  end
  nj.load_torch(other, wrapped)
  t.equal((one:forward(images) - other:forward(images)):abs():max():item(), 0.0)
end)

test("weights that do not fit are named", function(t)
  local model = made "vgg11"
  local function changed(change)
    local state = nj.torch_state(model)
    change(state)
    return message_of(function() nj.load_torch(model, state) end)
  end
  t.equal(changed(function(s) s["classifier.bias"] = nil end),
    "the weights have no 'classifier.bias', which the model needs: did you mean 'classifier.weight'?")
  t.equal(changed(function(s) s["classifier.bias"] = nj.ones(3) end),
    "'classifier.bias' of the weights has the shape (3), the model's has (10)")
  t.equal(changed(function(s) s["fc.bias"] = nj.ones(3) end),
    "the weights have 'fc.bias', which the model has no place for: is it another network?")
  t.equal(changed(function(s) s["classifier.bias"] = 3 end), "'classifier.bias' of the weights must be a tensor, got a "
    .. "number")
  t.equal(message_of(function() nj.torch_state(nj.nn.linear(2, 2)) end):match("^(.-), as those of"),
    "nj.torch_state needs a model whose definition names PyTorch's modules (torch_names)")
end)

test("names that are not as many as layers are a mistake of the definition", function(t)
  local short = nj.model { name = "short", build = function() return nj.nn.linear(2, 2) end,
    torch_names = function() return {} end }
  local model = short {}
  model:initialize(1)
  t.equal(message_of(function() nj.torch_state(model) end), "torch_names of model 'short' names 0 modules, but 1 "
    .. "layers have parameters")
end)
