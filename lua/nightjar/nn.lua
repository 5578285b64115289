-- nj.nn: layers and containers. Most are native; containers that only combine what others give are layers in Lua.
local part = ...
local params = part "params"

local names = {
  "linear", "relu", "leaky_relu", "elu", "sigmoid", "tanh", "gelu", "silu", "softplus", "dropout", "flatten",
  "identity", "sequential", "batch_norm", "layer_norm", "group_norm", "rms_norm", "conv2d", "max_pool2d", "avg_pool2d",
  "global_avg_pool2d",
}

local layers = {}
for _, name in ipairs(names) do
  layers[name] = native["nn." .. name]
end

local function check_list(name, list)
  if type(list) ~= "table" or #list == 0 then
    native.fail("nj.nn." .. name .. " takes a list of layers, for example nj.nn." .. name
      .. " { nj.nn.identity(), nj.nn.relu() }, got " .. (type(list) == "table" and "none" or "a " .. type(list)))
  end
  return { branches = list }
end

--- body(x) + x, or body(x) + shortcut(x) where the shapes differ.
layers.residual = native.expose(function(body, shortcut)
  if body == nil then
    native.fail("nj.nn.residual takes a layer, and a second one for the way around it where shapes change")
  end
  return nj.layers.residual { body = body, shortcut = shortcut }
end)

--- The sum of what several layers make of one input.
layers.parallel = native.expose(function(list)
  return nj.layers.parallel(check_list("parallel", list))
end)

--- What several layers make of one input, joined along the last dimension.
layers.concat = native.expose(function(list)
  return nj.layers.concat(check_list("concat", list))
end)

for _, name in ipairs { "residual", "parallel", "concat" } do
  names[#names + 1] = name
end

nj.nn = setmetatable({}, {
  __index = function(_, name)
    local layer = layers[name]
    if layer == nil then
      native.fail("nj.nn has no '" .. tostring(name) .. "'" .. params.suggestion(tostring(name), names))
    end
    return layer
  end,
  __newindex = function(_, name)
    native.fail("nj.nn belongs to Nightjar: '" .. tostring(name) .. "' cannot be set in it")
  end,
  __pairs = function()
    return pairs(layers)
  end,
  __metatable = false,
})

return true
