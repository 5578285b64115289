-- nj.nn: layers and containers. Most are native; containers that only combine what others give are layers in Lua.
local part = ...
local declare = part "declare" "Models and layers"
local params = part "params"

local layers, names = {}, {}
for name, make in pairs(native) do
  local short = name:match("^nn%.(.+)$")
  if short then
    layers[short] = make
    names[#names + 1] = short
  end
end
table.sort(names)

local function check_list(name, list)
  if type(list) ~= "table" or #list == 0 then
    native.fail("nj.nn." .. name .. " takes a list of layers, for example nj.nn." .. name
      .. " { nj.nn.identity(), nj.nn.relu() }, got " .. (type(list) == "table" and "none" or "a " .. type(list)))
  end
  return { branches = list }
end

declare.call("nj.nn.residual", {
  doc = "body(x) + x, or body(x) + shortcut(x) where the shapes differ.",
  parameters = {
    { "body", "nightjar.Layer" }, { "shortcut", "nightjar.Layer?", "what goes around it", optional = true },
  },
  returns = "nightjar.Layer",
  example = "nj.nn.residual(nj.nn.identity()):forward(nj.ones(1, 2)) --> {{2, 2}}",
})

layers.residual = native.expose(function(body, shortcut)
  if body == nil then
    native.fail("nj.nn.residual takes a layer, and a second one for the way around it where shapes change")
  end
  return nj.layers.residual { body = body, shortcut = shortcut }
end)

declare.call("nj.nn.parallel", {
  doc = "The sum of what several layers make of one input.",
  parameters = { { "layers", "nightjar.Layer[]" } },
  returns = "nightjar.Layer",
})

layers.parallel = native.expose(function(list)
  return nj.layers.parallel(check_list("parallel", list))
end)

declare.call("nj.nn.concat", {
  doc = "What several layers make of one input, joined along the last dimension.",
  parameters = { { "layers", "nightjar.Layer[]" } },
  returns = "nightjar.Layer",
  example = "nj.nn.concat({ nj.nn.identity(), nj.nn.relu() }):forward(nj.ones(1, 2)) --> {{1, 1, 1, 1}}",
})

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
      native.fail("nj.nn has no '" .. tostring(name) .. "'" .. params.suggestion(tostring(name), names, "nj.nn"))
    end
    return layer
  end,
  __newindex = function(_, name)
    native.fail("nj.nn belongs to Nightjar: '" .. tostring(name) .. "' cannot be set in it")
  end,
  __pairs = function()
    return pairs(layers)
  end,
  __tostring = function()
    local sorted = table.move(names, 1, #names, 1, {})
    table.sort(sorted)
    return "nj.nn: " .. table.concat(sorted, ", ")
  end,
  __metatable = false,
})

return true
