-- nj.layer and nj.layers: a part of a model with parameters, buffers and layers of its own, whose forward is Lua.
--
--   nj.layer { name = "scale", params = { features = { type = "integer" } },
--     parameters = function(self) return { weight = { shape = { self.features }, init = "ones" } } end,
--     forward = function(self, x) return x * self.weight end }
--
-- Inside forward, parameters and buffers are tensors under their names, and children are called like functions.
-- Assigning to a buffer changes it when the training step is committed.
local part = ...
local declare = part "declare" "Models and layers"
local definitions = part "definitions"
local params = part "params"

local Layer = {}

local known_fields, required = declare.fields("nightjar.LayerFields", "What nj.layer takes.", {
  { "name", "string", "what messages call the layer" },
  { "doc", "string", "one line", optional = true },
  definitions.params_field,
  { "parameters", "any", "what training changes: { shape = ..., init = ... } by name, or a function of the layer",
    optional = true, annotation = "table<string, table>|fun(self: table): table<string, table>" },
  { "buffers", "any", "what it keeps besides, by name in the same form", optional = true,
    annotation = "table<string, table>|fun(self: table): table<string, table>" },
  { "children", "function", "children(self) returns the layers inside, by name", optional = true,
    annotation = "fun(self: table): table<string, nightjar.Layer>" },
  { "forward", "function", "forward(self, ...) returns what the layer gives",
    annotation = "fun(self: table, ...: nightjar.Tensor): nightjar.Tensor, ..." },
})

local kind = {
  word = "layer", maker = "layer", registry = "layers", class = "nightjar.Layer", doc = "Layers",
  fields = known_fields, required = required, scaffold = "layer",
}

local function fail_at(f, message)
  error(definitions.place_of(f) .. ": " .. message, 0)
end

-- One of the tables of parts: written out, or made by a function of the layer.
local function parts_of(self, definition, which)
  local made = definition[which]
  if type(made) == "function" then
    local maker = made
    made = maker(self)
    if made == nil then
      fail_at(maker, which .. " of " .. definition.owner .. " returned nothing: did it forget 'return'?")
    end
  end
  if made == nil then
    return {}
  elseif type(made) ~= "table" or nj.is_tensor(made) then
    native.fail("'" .. which .. "' of " .. definition.owner .. " must be a table, got " .. params.a_kind(made))
  end
  return made
end

-- What each name of the object stands for: roles by name.
local function roles_of(self, definition, parts)
  local roles = {}
  for _, role in ipairs { "parameters", "buffers", "children" } do
    for name in pairs(parts[role]) do
      if type(name) ~= "string" or not name:match("^[%a_][%w_]*$") then
        native.fail(string.format("'%s' of %s go by names, for example { weight = ... }, got %s", role,
          definition.owner, params.show(name)))
      end
      -- A layer that was given as a parameter may be a child under the same name.
      local is_given = role == "children" and rawget(self, name) == parts.children[name]
      if roles[name] or name == "training" or (rawget(self, name) ~= nil and not is_given) then
        native.fail(string.format("%s has two parts called '%s'", definition.owner, name))
      end
      roles[name] = role
    end
  end
  return roles
end

function kind.make(definition, values)
  local self = definitions.object(Layer, definition, values)
  local parts = {}
  for _, which in ipairs { "parameters", "buffers", "children" } do
    parts[which] = parts_of(self, definition, which)
  end
  local roles = roles_of(self, definition, parts)
  for name, child in pairs(parts.children) do
    rawset(self, name, child)
  end
  rawset(self, "roles", roles)
  local dtype = rawget(self, "dtype")
  local layer, number = native.layer_make(self, {
    name = definition.name, dtype = type(dtype) == "string" and dtype or nil, parameters = parts.parameters,
    buffers = parts.buffers, children = parts.children,
  })
  rawset(self, "layer_number", number)
  return layer
end

-- The names that a message may suggest.
local function names_of(self)
  local names = { "training" }
  for name in pairs(rawget(self, "roles") or {}) do
    names[#names + 1] = name
  end
  for _, name in ipairs(rawget(self, "definition").specs.names) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

function Layer.__index(self, field)
  local roles, definition = rawget(self, "roles"), rawget(self, "definition")
  if roles and roles[field] then
    return native.layer_value(rawget(self, "layer_number"), field)
  elseif field == "training" then
    return native.layer_trains()
  elseif definition.specs[field] then
    return nil
  end
  native.fail(definition.owner .. " has no '" .. tostring(field) .. "'"
    .. params.suggestion(tostring(field), names_of(self)))
end

function Layer.__newindex(self, field, value)
  local roles, owner = rawget(self, "roles") or {}, rawget(self, "definition").owner
  if roles[field] == "parameters" then
    native.fail(string.format("parameter '%s' of %s is changed by the optimizer: it cannot be assigned to", field,
      owner))
  elseif roles[field] ~= "buffers" then
    local buffers = {}
    for name, role in pairs(roles) do
      buffers[#buffers + 1] = role == "buffers" and name or nil
    end
    native.fail(string.format("%s has no buffer '%s'%s: declare it with buffers = { %s = { shape = ... } }", owner,
      tostring(field), params.suggestion(tostring(field), buffers), tostring(field)))
  elseif not nj.is_tensor(value) then
    native.fail(string.format("buffer '%s' of %s must stay a tensor, got %s", field, owner, params.a_kind(value)))
  end
  native.layer_update(rawget(self, "layer_number"), field, value)
end

function Layer.__tostring(self)
  return rawget(self, "definition").owner
end

-- What the host calls: the inputs, and last what is known about the call.
function Layer.__call(self, ...)
  local definition = rawget(self, "definition")
  local results = table.pack(definition.forward(self, ...))
  local value = results[1]
  if value == nil then
    fail_at(definition.forward, "forward of " .. definition.owner .. " returned nothing: did it forget 'return'?")
  elseif not nj.is_tensor(value) then
    fail_at(definition.forward, "forward of " .. definition.owner .. " must return a tensor, it returned "
      .. (type(value) == "number" and "the number " .. tostring(value) .. " (leave out :item())"
        or "a " .. type(value)))
  end
  return table.unpack(results, 1, results.n)
end

declare.call("nj.layer", {
  doc = "Defines a layer whose forward is Lua. What comes back is called with values for its parameters.",
  parameters = { { "fields", "nightjar.LayerFields" } },
  returns = "fun(parameters?: table<string, any>): nightjar.Layer",
  example = [[
local scale = nj.layer {
  name = "scale",
  params = { features = { type = "integer" } },
  parameters = function(self) return { weight = { shape = { self.features }, init = "ones" } } end,
  forward = function(self, x) return x * self.weight end,
}
local layer = scale { features = 2 }
layer:initialize(1)
layer:forward(nj.tensor({ { 3, 4 } })) --> {{3, 4}}]],
})

part "kinds".declare(kind, declare)

return true
