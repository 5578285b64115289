-- nj.average and nj.averages: averages of the weights over time, by which a model is judged.
local part = ...
local definitions = part "definitions"

local Average = { methods = {} }

local kind = {
  word = "average",
  maker = "average",
  registry = "averages",
  fields = { name = "string", doc = "string", params = "table", update = "function" },
  required = { "update" },
}

function kind.make(definition, values)
  return definitions.object(Average, definition, values)
end

function Average.__index(self, field)
  return Average.methods[field] or definitions.unknown_field(self, field)
end

function Average.__newindex(self, field)
  native.fail(rawget(self, "definition").owner .. " does not change: '" .. tostring(field) .. "' cannot be set")
end

function Average.__tostring(self)
  return rawget(self, "definition").owner
end

--- The average after a step, from the one before it and the new weights. It starts as the first weights.
function Average.methods.next(self, average, w, step)
  local definition = rawget(self, "definition")
  local value = definition.update(self, average, w, step)
  if not nj.is_tensor(value) then
    error(string.format("%s: update of %s must return the new average, it returned %s",
      definitions.place_of(definition.update), definition.owner,
      value == nil and "nothing: did it forget 'return'?" or "a " .. type(value)), 0)
  end
  return value
end

definitions.expose(Average.methods)

--- Defines an average of weights.
function nj.average(fields)
  return definitions.define(kind, fields)
end

nj.averages = definitions.registry(kind, "averages")

--- nj.averages.ema: the exponential moving average.
function nj.ema(values)
  return nj.averages.ema(values)
end

local averages = {}

function averages.check(value)
  if value ~= nil and not (type(value) == "table" and getmetatable(value) == Average) then
    native.fail("'average' of nj.trainer is an object such as nj.ema { decay = 0.999 }, got a " .. type(value))
  end
  return value
end

return averages
