-- nj.schedule and nj.schedules: a number for each epoch and step.
local part = ...
local definitions = part "definitions"

local Schedule = {}

local kind = {
  word = "schedule",
  maker = "schedule",
  registry = "schedules",
  fields = {
    name = "string", doc = "string", params = "table", value = "function", check = "function", example = "table",
  },
  required = { "value" },
}

function kind.make(definition, values)
  local schedule = definitions.object(Schedule, definition, values)
  if definition.check then
    definition.check(schedule)
  end
  return schedule
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

--- Defines a schedule.
function nj.schedule(fields)
  return definitions.define(kind, fields)
end

nj.schedules = definitions.registry(kind, "schedules")

return true
