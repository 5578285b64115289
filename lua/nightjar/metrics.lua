-- nj.metric and nj.metrics: numbers about a model, from an evaluation pass.
local part = ...
local definitions = part "definitions"

local Metric = {}

local kind = {
  word = "metric",
  maker = "metric",
  registry = "metrics",
  fields = { name = "string", doc = "string", params = "table", compute = "function" },
  required = { "compute" },
}

function kind.make(definition, values)
  return definitions.object(Metric, definition, values)
end

function Metric.__index(self, field)
  return definitions.unknown_field(self, field)
end

function Metric.__tostring(self)
  return rawget(self, "definition").owner
end

--- The number for what an evaluation pass saw.
function Metric.__call(self, evaluation)
  local definition = rawget(self, "definition")
  local value = definition.compute(self, evaluation)
  if nj.is_tensor(value) then
    value = value:item()
  end
  if type(value) ~= "number" then
    error(definitions.place_of(definition.compute) .. ": compute of " .. definition.owner
      .. " must return a number, it returned "
      .. (value == nil and "nothing: did it forget 'return'?" or "a " .. type(value)), 0)
  end
  return value
end

definitions.expose(Metric)

--- Defines a metric.
function nj.metric(fields)
  return definitions.define(kind, fields)
end

nj.metrics = definitions.registry(kind, "metrics")

return true
