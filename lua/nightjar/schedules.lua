-- nj.schedule and nj.schedules: a number for each epoch and step.
local part = ...
local declare = part "declare" "Schedules"
local definitions = part "definitions"
local params = part "params"

local schedules = {}
local Schedule = {}

local known_fields, required = declare.fields("nightjar.ScheduleFields", "What nj.schedule takes.", {
  { "name", "string", "what messages and files call the schedule" },
  { "doc", "string", "one line", optional = true },
  definitions.params_field,
  { "value", "function", "value(self, epoch, step, run, state) returns the number for an epoch and a step, both "
    .. "from 1; "
    .. "run has epochs and steps_per_epoch of the whole training",
    annotation = "fun(self: table, epoch: integer, step?: integer, run: nightjar.ScheduleRun, state: table): number" },
  { "state", "function", "state(self) returns a table of numbers, texts and booleans that observe changes",
    optional = true, annotation = "fun(self: table): table" },
  { "observe", "function", "observe(self, record, state) is called after each epoch with its record and changes the "
    .. "state, which is kept in checkpoints", optional = true,
    annotation = "fun(self: table, record: table<string, number>, state: table)" },
  { "example", "table", "parameters with which nightjar check makes one", optional = true,
    annotation = "table<string, any>" },
  definitions.check_field,
})

declare.class("nightjar.ScheduleRun", {
  doc = "How long a training is, as schedules are told.",
  fields = {
    { "epochs", "integer", "in all" }, { "steps_per_epoch", "integer", "updates in one epoch" },
  },
})

declare.class("nightjar.Schedule", {
  doc = "A schedule with its parameters. Called with epoch and step, it gives a number; one that depends on how long a "
    .. "training is gets { epochs = 30, steps_per_epoch = 100 } as a third argument when a script calls it.",
  call = "fun(epoch: integer, step?: integer, run?: nightjar.ScheduleRun): number",
})

local kind = {
  word = "schedule", maker = "schedule", registry = "schedules", class = "nightjar.Schedule", doc = "Schedules",
  fields = known_fields, required = required, axis = "schedule",
  check = "check/schedules", scaffold = "schedule", watched = true,
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

-- What a schedule sees of a training that nobody told it about.
local function unknown_run(self)
  return setmetatable({}, {
    __index = function(_, field)
      native.fail(string.format("%s depends on how long a training is ('%s'): a trainer tells it; where a script "
        .. "calls it, "
        .. "a third argument does, as in schedule(epoch, step, { epochs = 30, steps_per_epoch = 100 })",
        tostring(self), tostring(field)))
    end,
  })
end

local function first_state(self)
  local definition = rawget(self, "definition")
  return definition.state and definition.state(self) or {}
end

--- The number for an epoch (from 1) and, where it matters, a step (from 1, over the whole run). What it remembers is in
-- `run.memory`, where a trainer keeps it.
function Schedule.__call(self, epoch, step, run)
  local definition = rawget(self, "definition")
  if type(epoch) ~= "number" then
    native.fail(definition.owner .. " is called with the epoch and the step, got " .. tostring(epoch))
  end
  for word, number in pairs { epoch = epoch, step = step } do
    if type(number) ~= "number" or math.tointeger(number) == nil or number < 1 then
      native.fail(string.format("%s: the %s is a whole number of at least 1, got %s", definition.owner, word,
        params.show(number)))
    end
  end
  local memory = run and rawget(run, "memory")
  local value = definition.value(self, epoch, step, run or unknown_run(self), memory and memory[self]
    or first_state(self))
  if type(value) ~= "number" or value ~= value then
    error(definitions.place_of(definition.value) .. ": " .. definition.owner .. " must return a number, it returned "
      .. (value == nil and "nothing: did it forget 'return'?" or type(value) == "number" and "nan"
        or params.a_kind(value)), 0)
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

part "kinds".declare(kind, declare)

function schedules.is_schedule(value)
  return type(value) == "table" and getmetatable(value) == Schedule
end

--- A schedule and those inside it, outermost first, added to a list.
function schedules.all(schedule, list)
  list[#list + 1] = schedule
  for _, name in ipairs(rawget(schedule, "definition").specs.names) do
    local value = rawget(schedule, name)
    if schedules.is_schedule(value) then
      schedules.all(value, list)
    end
  end
  return list
end

schedules.first_state = first_state

--- A record that refuses to be asked for a column that no record has; what an epoch has not measured is nil.
function schedules.checked_record(owner, record, columns)
  return setmetatable({}, {
    __index = function(_, name)
      if record[name] ~= nil then
        return record[name]
      end
      for _, column in ipairs(columns) do
        if column == name then
          return nil
        end
      end
      native.fail(string.format("%s looks at '%s', which no record has%s\n  records have %s", owner, tostring(name),
        params.suggestion(tostring(name), columns), table.concat(columns, ", ")))
    end,
    __pairs = function() return pairs(record) end,
  })
end

--- Tells a schedule what came out of an epoch.
function schedules.observe(schedule, record, state, columns)
  local definition = rawget(schedule, "definition")
  if definition.observe then
    definition.observe(schedule, schedules.checked_record(definition.owner, record, columns), state)
  end
end

return schedules
