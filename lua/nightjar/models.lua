-- nj.model and nj.models: a model by name and parameters.
local part = ...
local definitions = part "definitions"

local kind = {
  word = "model",
  maker = "model",
  registry = "models",
  fields = { name = "string", doc = "string", params = "table", build = "function" },
  required = { "build" },
}

local models = {}

function models.is_layer(value)
  return type(value) == "userdata" and not nj.is_tensor(value)
end

-- What came in place of a layer, as messages say it.
function models.kind_of(value)
  local word = definitions.kind(value)
  if word then
    return word .. "'s definition: call it with its parameters, for example nj.models.mlp { inputs = 64 }"
  end
  return nj.is_tensor(value) and "tensor" or type(value)
end

local Parameters = {}

function Parameters.__index(self, field)
  return definitions.unknown_field(self, field)
end

-- What build returns is the model: parameters exist only while it is built.
function kind.make(definition, values)
  local model = definition.build(definitions.object(Parameters, definition, values))
  if model == nil then
    error(definitions.place_of(definition.build) .. ": build of " .. definition.owner
      .. " returned nothing: did it forget 'return'?", 0)
  elseif not models.is_layer(model) then
    error(definitions.place_of(definition.build) .. ": build of " .. definition.owner
      .. " must return a layer, it returned a " .. models.kind_of(model), 0)
  end
  native["nn.name"](model, definition.name)
  return model
end

--- Defines a model.
function nj.model(fields)
  return definitions.define(kind, fields)
end

nj.models = definitions.registry(kind, "models")

return models
