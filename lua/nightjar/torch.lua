-- nj.torch_state and nj.load_torch: weights under the names, and in the layouts, that PyTorch has for a network.
--
-- A model's definition lists the modules that PyTorch's own has (`torch_names`), in the order of the layers with
-- parameters; what they hold is called alike on both sides. A dense layer that gets flattened maps is a table,
-- { "fc1", maps = { height, width, channels } }: PyTorch counts its inputs with the channel changing slowest.
local part = ...
local declare = part "declare" "Models and layers"
local params = part "params"

local torch = {}

-- What a definition says of a model that it built, by the model.
local known = setmetatable({}, { __mode = "k" })

--- Keeps the names that a definition's `torch_names` gives.
function torch.note(model, definition, parameters)
  if definition.torch_names then
    known[model] = { definition = definition, parameters = parameters }
  end
end

-- Paths in the order of layers: numbers in them are compared as numbers.
local function before(one, other)
  local rest_one, rest_other = one, other
  while rest_one ~= "" and rest_other ~= "" do
    local a, b = rest_one:match("^[^.]+"), rest_other:match("^[^.]+")
    if a ~= b then
      local m, n = math.tointeger(tonumber(a)), math.tointeger(tonumber(b))
      if m and n then
        return m < n
      end
      return a < b
    end
    rest_one, rest_other = rest_one:sub(#a + 2), rest_other:sub(#b + 2)
  end
  return #rest_one < #rest_other
end

-- The layers of a state, in order: { path =, tensors = { name = tensor } }.
local function layers_of(state)
  local by_path, paths = {}, {}
  for path, tensor in pairs(state) do
    local layer, name = path:match("^(.-)%.?([^.]+)$")
    if by_path[layer] == nil then
      by_path[layer] = { path = layer, tensors = {} }
      paths[#paths + 1] = layer
    end
    by_path[layer].tensors[name] = tensor
  end
  table.sort(paths, before)
  for i, path in ipairs(paths) do
    paths[i] = by_path[path]
  end
  return paths
end

-- For each tensor of a model its path and PyTorch's name.
local function names_of(model, owner)
  local facts = known[model]
  if facts == nil then
    local other = type(model) == "userdata" and not nj.is_tensor(model)
    native.fail(owner .. " needs a model whose definition names PyTorch's modules (torch_names), as those of nj.models "
      .. "do; got " .. (other and "another model" or params.a_kind(model)))
  end
  local definition = facts.definition
  local modules, layers = definition.torch_names(facts.parameters), layers_of(model:state())
  if #modules ~= #layers then
    error(string.format("torch_names of %s names %d modules, but %d layers have parameters", definition.owner, #modules,
      #layers), 0)
  end
  local list = {}
  for i, layer in ipairs(layers) do
    local prefix = layer.path == "" and "" or layer.path .. "."
    local module, maps = modules[i], nil
    if type(module) == "table" then
      module, maps = module[1], module.maps
    end
    for name, tensor in pairs(layer.tensors) do
      list[#list + 1] = { path = prefix .. name, name = module .. "." .. name, tensor = tensor, maps = maps }
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

-- Convolutions are (height, width, inputs, outputs) here and (outputs, inputs, height, width) there, matrices are
-- turned; `maps` is the shape of what a matrix gets flattened.
local function there(tensor, maps)
  local rank = tensor:rank()
  if rank == 2 and maps then
    local height, width, channels = table.unpack(maps)
    local outputs = tensor:size(2)
    return tensor:reshape(height, width, channels, outputs):permute(4, 3, 1, 2):reshape(outputs, tensor:size(1)):copy()
  end
  return rank == 4 and tensor:permute(4, 3, 1, 2):copy() or rank == 2 and tensor:permute(2, 1):copy() or tensor
end

local function here(tensor, maps)
  local rank = tensor:rank()
  if rank == 2 and maps then
    local height, width, channels = table.unpack(maps)
    local outputs = tensor:size(1)
    return tensor:reshape(outputs, channels, height, width):permute(3, 4, 2, 1):reshape(tensor:size(2), outputs):copy()
  end
  return rank == 4 and tensor:permute(3, 4, 2, 1):copy() or rank == 2 and tensor:permute(2, 1):copy() or tensor
end

declare.call("nj.torch_state", {
  doc = "Copies of a model's parameters and running statistics under the names, and in the layouts, of PyTorch: those "
    .. "of torchvision for resnet18, resnet34 and resnet50, for others those of the public code that a model follows "
    .. "or that the README of the models gives. Saved as .safetensors, they are what load_state_dict takes.",
  parameters = { { "model", "nightjar.Layer" } },
  returns = "table<string, nightjar.Tensor>",
  example = [[
local model = nj.models.vgg11 {}
model:initialize(1)
local state = nj.torch_state(model)
table.concat(state["features.0.weight"]:shape(), " "), state["classifier.bias"]:size(1) --> "64 3 3 3", 10
nj.save("vgg11.safetensors", state)]],
})

function nj.torch_state(model)
  local state = {}
  for _, entry in ipairs(names_of(model, "nj.torch_state")) do
    state[entry.name] = there(entry.tensor, entry.maps)
  end
  return state
end

declare.call("nj.load_torch", {
  doc = "Takes over PyTorch's weights of the same network, by its names and in its layouts: what nj.load read of a "
    .. ".safetensors file. Counters (num_batches_tracked) and the prefix of DataParallel (module.) are passed over; "
    .. "all others have to be there, with their shapes, and nothing else.",
  parameters = { { "model", "nightjar.Layer" }, { "values", "table<string, nightjar.Tensor>" } },
  example = [[
local one, other = nj.models.resnet18 { stem = "cifar" }, nj.models.resnet18 { stem = "cifar" }
one:initialize(1)
nj.load_torch(other, nj.torch_state(one))
local x = nj.randn({ 2, 8, 8, 1 }, { seed = 3 })
(one:forward(x) - other:forward(x)):abs():max():item() --> 0]],
})

function nj.load_torch(model, values)
  local list = names_of(model, "nj.load_torch")
  if type(values) ~= "table" or nj.is_tensor(values) then
    native.fail("nj.load_torch takes a table of tensors by name, as nj.load(\"weights.safetensors\") gives it, got "
      .. params.a_kind(values))
  end
  local given, names = {}, {}
  for name, tensor in pairs(values) do
    local own = type(name) == "string" and name:gsub("^module%.", "") or tostring(name)
    if not own:find("num_batches_tracked$") then
      given[own], names[#names + 1] = tensor, own
    end
  end
  local state, wanted = {}, {}
  for _, entry in ipairs(list) do
    local tensor = given[entry.name]
    wanted[entry.name] = true
    if tensor == nil then
      native.fail("the weights have no '" .. entry.name .. "', which the model needs"
        .. params.suggestion(entry.name, names))
    elseif not nj.is_tensor(tensor) then
      native.fail("'" .. entry.name .. "' of the weights must be a tensor, got " .. params.a_kind(tensor))
    end
    local shape, expected = tensor:shape(), there(entry.tensor, entry.maps):shape()
    if table.concat(shape, ", ") ~= table.concat(expected, ", ") then
      native.fail(string.format("'%s' of the weights has the shape (%s), the model's has (%s)", entry.name,
        table.concat(shape, ", "), table.concat(expected, ", ")))
    end
    state[entry.path] = here(tensor, entry.maps):to(entry.tensor:dtype())
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if not wanted[name] then
      native.fail("the weights have '" .. name .. "', which the model has no place for: is it another network?")
    end
  end
  model:load(state)
end

return torch
