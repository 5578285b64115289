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
  end
  native["nn.name"](model, definition.name)
  return model
end

--- Defines a model.
function nj.model(fields)
  return definitions.define(kind, fields)
end

nj.models = definitions.registry(kind, "models")

return true
