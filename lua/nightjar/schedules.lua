-- nj.schedule and nj.schedules: a number for each epoch and step.
local part = ...
local declare = part "declare" "Schedules"
local definitions = part "definitions"

local Schedule = {}

local known_fields, required = declare.fields("nightjar.ScheduleFields", "What nj.schedule takes.", {
  { "name", "string", "what messages and files call the schedule" },
  { "doc", "string", "one line", optional = true },
  { "params", "table", "its parameters, each { default = ..., min = ..., max = ..., choices = ..., doc = ... }",
    optional = true, annotation = "table<string, any>" },
  { "value", "function", "value(self, epoch, step) returns the number for an epoch and a step, both from 1",
    annotation = "fun(self: table, epoch: integer, step?: integer): number" },
  { "example", "table", "parameters with which nightjar check makes one", optional = true,
    annotation = "table<string, any>" },
  definitions.check_field,
})

declare.class("nightjar.Schedule", {
  doc = "A schedule with its parameters. Called with epoch and step, it gives a number.",
  call = "fun(epoch: integer, step?: integer): number",
})

declare.registry("schedules", "nightjar.Schedule", "Schedules by name; a path to a .lua file works as well.")

local kind = {
  word = "schedule",
  maker = "schedule",
  registry = "schedules",
  fields = known_fields,
  required = required,
}

function kind.make(definition, values)
  return definitions.check(definition, definitions.object(Schedule, definition, values))
end

function Schedule.__index(self, field)
  return definitions.unknown_field(self, field)
end

function Schedule.__newindex(self, field)
  native.fail(rawget(self, "definition").owner .. " does not change: '" .. tostring(field) .. "' cannot be set")
end

function Schedule.__tostring(self)
  return rawget(self, "definition").owner
end

--- The number for an epoch (from 1) and, where it matters, a step (from 1, over the whole run).
function Schedule.__call(self, epoch, step)
  local definition = rawget(self, "definition")
  if type(epoch) ~= "number" then
    native.fail(definition.owner .. " is called with the epoch and the step, got " .. tostring(epoch))
  end
  local value = definition.value(self, epoch, step)
  if type(value) ~= "number" or value ~= value then
    error(definitions.place_of(definition.value) .. ": " .. definition.owner .. " must return a number, it returned "
      .. (value == nil and "nothing: did it forget 'return'?" or type(value) == "number" and "nan"
        or "a " .. type(value)), 0)
  end
  return value
end

definitions.expose(Schedule)

declare.call("nj.schedule", {
  doc = "Defines a schedule. What comes back is called with values for its parameters.",
  parameters = { { "fields", "nightjar.ScheduleFields" } },
  returns = "fun(parameters?: table<string, any>): nightjar.Schedule",
  example = [[
local halving = nj.schedule {
  name = "halving",
  params = { base = 0.1 },
  value = function(self, epoch) return self.base * 0.5 ^ (epoch - 1) end,
}
halving { base = 8 } (3) --> 2]],
})

function nj.schedule(fields)
  return definitions.define(kind, fields)
end

nj.schedules = definitions.registry(kind, "schedules")

return true
