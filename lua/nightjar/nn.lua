-- nj.nn: layers and containers. The layers themselves are native; their names are gathered here.
local params = (...) "params"

local names = {
  "linear", "relu", "leaky_relu", "elu", "sigmoid", "tanh", "gelu", "silu", "softplus", "dropout", "flatten",
  "identity", "sequential", "conv2d", "max_pool2d", "avg_pool2d", "global_avg_pool2d",
}

local layers = {}
for _, name in ipairs(names) do
  layers[name] = native["nn." .. name]
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
