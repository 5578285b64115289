-- nj.average and nj.averages: averages of the weights over time, by which a model is judged.
local part = ...
local declare = part "declare" "Optimizers"
local definitions = part "definitions"

local Average = { methods = {} }

local known_fields, required = declare.fields("nightjar.AverageFields", "What nj.average takes.", {
  { "name", "string", "what messages and files call the average" },
  { "doc", "string", "one line", optional = true },
  definitions.params_field,
  { "update", "function", "update(self, average, weights, step) returns the new average",
    annotation = "fun(self: table, average: nightjar.Tensor, weights: nightjar.Tensor, step: integer): "
      .. "nightjar.Tensor" },
  definitions.check_field,
})

declare.class("nightjar.Average", { doc = "A way of averaging weights with its parameters." })

local kind = {
  word = "average", maker = "average", registry = "averages", class = "nightjar.Average", doc = "Averages",
  fields = known_fields, required = required, scaffold = "average",
}

function kind.make(definition, values)
  return definitions.check(definition, definitions.object(Average, definition, values))
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

kind.methods = definitions.expose(Average.methods)

declare.call("nj.average", {
  doc = "Defines an average of the weights over time.",
  parameters = { { "fields", "nightjar.AverageFields" } },
  returns = "fun(parameters?: table): nightjar.Average",
})

part "kinds".declare(kind, declare)

declare.call("nj.ema", {
  doc = "The exponential moving average of the weights, for nj.trainer { average = ... }.",
  parameters = { { "parameters", "table", "such as { decay = 0.999 }", optional = true } },
  returns = "nightjar.Average",
})

function nj.ema(values)
  return nj.averages.ema(values)
end

local averages = {}

function averages.check(value)
  if value ~= nil and not (type(value) == "table" and getmetatable(value) == Average) then
    native.fail("'average' of nj.trainer is an object such as nj.ema { decay = 0.999 }, got "
      .. definitions.describe(value))
  end
  return value
end

return averages
