-- nj.nn: layers and containers. The layers themselves are native; their names are gathered here.
local params = (...) "params"

local layers, names = {}, {}
for name, make in pairs(native) do
  local short = name:match("^nn%.(.+)$")
  if short then
    layers[short] = make
    names[#names + 1] = short
  end
end
table.sort(names)

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
