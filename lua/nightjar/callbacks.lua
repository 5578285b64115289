-- nj.callback and nj.callbacks: what is told of the events of a training (callbacks/events.lua), and can change what it
-- does next, end it, and keep its weights.
local part = ...
local declare = part "declare" "Callbacks"
local definitions = part "definitions"
local params = part "params"
local schedules = part "schedules"
local events = part "callbacks/events"
local training = part "callbacks/training"

local Callback = {}

local fields = {
  { "name", "string", "what messages and files call the callback" },
  { "doc", "string", "one line", optional = true },
  { "params", "table", "its parameters, each { default = ..., min = ..., max = ..., choices = ..., doc = ... }",
    optional = true, annotation = "table<string, any>" },
  { "example", "table", "parameters with which it can be tried", optional = true, annotation = "table<string, any>" },
  definitions.check_field,
  { "state", "function", "state(self) returns a table of numbers, texts, booleans, tensors and tables of them: what it "
    .. "remembers, which checkpoints keep", optional = true, annotation = "fun(self: table): table" },
}

local event_names = {}

for i, event in ipairs(events) do
  event_names[i] = event.name
  fields[#fields + 1] = {
    event.name, "function", event.name .. "(self, " .. event.subject .. ", state, training) is called " .. event.doc,
    optional = true, annotation = "fun(self: table, " .. event.subject .. ": " .. event.annotation
      .. ", state: table, training: nightjar.Training)",
  }
end

table.move({
  { "kept", "function", "kept(self, state) returns the name under which weights are kept and { metric, value, epoch }",
    optional = true, annotation = "fun(self: table, state: table): string, table" },
  { "restores", "function", "restores(self, state) returns the name of the kept weights that the model has in the end",
    optional = true, annotation = "fun(self: table, state: table): string?" },
}, 1, 2, #fields + 1, fields)

local known_fields, required = declare.fields("nightjar.CallbackFields", "What nj.callback takes.", fields)

declare.class("nightjar.Callback", { doc = "What is told of the events of a training, with its parameters." })

local kind = {
  word = "callback", maker = "callback", registry = "callbacks", class = "nightjar.Callback", doc = "Callbacks",
  fields = known_fields, required = required, scaffold = "callback", watched = true,
}

function kind.begin(given)
  for _, name in ipairs(event_names) do
    if given[name] ~= nil then
      return
    end
  end
  for field in pairs(given) do
    if known_fields[field] == nil then
      return
    end
  end
  native.fail("callback '" .. tostring(given.name) .. "' is told of nothing: give it one of "
    .. table.concat(event_names, ", "))
end

function kind.make(definition, values)
  return definitions.check(definition, definitions.object(Callback, definition, values))
end

function Callback.__index(self, field)
  return definitions.unknown_field(self, field)
end

function Callback.__newindex(self, field)
  native.fail(rawget(self, "definition").owner .. " does not change: '" .. tostring(field)
    .. "' cannot be set; what it remembers goes into its state")
end

function Callback.__tostring(self)
  return rawget(self, "definition").owner
end

declare.call("nj.callback", {
  doc = "Defines a callback for nj.trainer { callbacks = { ... } }: it is told of the events of a training ("
    .. table.concat(event_names, ", ") .. "), remembers what checkpoints keep, and can change the learning rate, "
    .. "batches and gradients, keep weights, and end the training.",
  parameters = { { "fields", "nightjar.CallbackFields" } },
  returns = "fun(parameters?: table<string, any>): nightjar.Callback",
  example = [[
local until_good = nj.callback {
  name = "until_good",
  params = { accuracy = { default = 99, min = 0, max = 100 } },
  on_epoch = function(self, record, _, training)
    if record.test_accuracy >= self.accuracy then training:stop() end
  end,
}
tostring(until_good {}) --> "callback 'until_good'"]],
})

part "kinds".declare(kind, declare)

local callbacks = {}

--- The list of a trainer's callbacks.
function callbacks.check(given)
  if given == nil then
    return {}
  end
  params.check_list("'callbacks' of nj.trainer", given, "{ nj.callbacks.early_stopping { patience = 5 } }")
  for i, callback in ipairs(given) do
    if type(callback) ~= "table" or getmetatable(callback) ~= Callback then
      native.fail(string.format("callback %d of nj.trainer must be a callback such as nj.callbacks.early_stopping "
        .. "{}, got "
        .. "%s", i, definitions.describe(callback)))
    end
  end
  return table.move(given, 1, #given, 1, {})
end

function callbacks.first_state(callback)
  local definition = rawget(callback, "definition")
  local state = definition.state and definition.state(callback) or {}
  if type(state) ~= "table" then
    error(string.format("%s: state of %s must return a table, it returned %s", definitions.place_of(definition.state),
      definition.owner, definitions.describe(state)), 0)
  end
  return state
end

-- Raises what is wrong with what a callback did in an event, at the place of its function.
local function refuse(callback, event, format, ...)
  local definition = rawget(callback, "definition")
  error(string.format("%s: %s of %s " .. format, definitions.place_of(definition[event.name]), event.name,
    definition.owner, ...), 0)
end

local function can_change(event, field)
  for _, name in ipairs(event.changes or { field }) do
    if name == field then
      return true
    end
  end
  return false
end

-- Puts what a callback has written into the fields of its subject into `changed`; `given` is how they were before.
local function collect(callback, event, subject, given, changed)
  for field in pairs(subject) do
    if given[field] == nil then
      refuse(callback, event, "put '%s' into the %s, where there is no such field%s", tostring(field), event.subject,
        params.suggestion(tostring(field), params.names_of(given)))
    end
  end
  for field, before in pairs(given) do
    local now = subject[field]
    if not rawequal(now, before) then
      if not can_change(event, field) then
        refuse(callback, event, "changed '%s' of the %s: only %s can be changed", field, event.subject,
          table.concat(event.changes, " and "))
      elseif not nj.is_tensor(now) then
        refuse(callback, event, "put %s in the place of '%s', expected a tensor of shape %s", params.a_kind(now), field,
          params.shape_text(before))
      elseif not native.same_shape(now, before) or now:dtype() ~= before:dtype() then
        refuse(callback, event, "put a tensor of shape %s and type %s in the place of '%s', expected shape %s and "
          .. "type %s", params.shape_text(now), now:dtype(), field, params.shape_text(before), before:dtype())
      end
      changed[field] = now
    end
  end
end

--- Tells a callback of an event. What it puts into the fields of a subject that can be changed goes into `changed`.
function callbacks.tell(callback, event, subject, state, context, changed)
  local definition = rawget(callback, "definition")
  local given
  if changed then
    given = {}
    for field, value in pairs(subject) do
      given[field] = value
    end
  elseif event.subject == "record" then
    subject = schedules.checked_record(definition.owner, subject, context.columns)
  end
  local answer = definition[event.name](callback, subject, state, training.during(context, callback, event))
  if answer ~= nil then
    refuse(callback, event, "returned %s, with which nothing is done: %s", params.a_kind(answer),
      changed and "put what is to be used into the fields of the " .. event.subject
        or "training:stop() ends a training")
  end
  if changed then
    collect(callback, event, subject, given, changed)
  end
end

function callbacks.kept(callback, state)
  local definition = rawget(callback, "definition")
  if definition.kept then
    local name, facts = definition.kept(callback, state)
    if name ~= nil and not training.is_name(name) then
      error(string.format("%s: kept of %s must return a name of letters, digits and underscores, it returned %s",
        definitions.place_of(definition.kept), definition.owner, params.show(name)), 0)
    end
    return name, facts
  end
end

function callbacks.finish(callback, state)
  local definition = rawget(callback, "definition")
  return definition.restores and definition.restores(callback, state) or nil
end

-- ---- What is better -------------------------------------------------------------------------------------------------

local lower = { "loss", "error", "memorized", "norm" }
local higher = { "accuracy", "j1", "j2", "corrected", "fit_clean" }

declare.call("nj.direction", {
  doc = "Whether less or more of a record's column is better, where its name says so: less of a loss, an error or "
    .. "a norm, "
    .. "more of an accuracy. Nil where it does not.",
  parameters = { { "column", "string" } },
  returns = "\"min\"|\"max\"|nil",
  example = [[nj.direction("test_accuracy") --> "max"]],
})

function nj.direction(column)
  for direction, words in pairs { min = lower, max = higher } do
    for _, word in ipairs(words) do
      if column:find(word, 1, true) then
        return direction
      end
    end
  end
  return nil
end

declare.call("nj.improves", {
  doc = "Whether a value is better than the best so far. NaN never is.",
  parameters = {
    { "direction", "string", "\"min\" where less is better, \"max\" where more is" },
    { "value", "number" }, { "best", "number", "nil: nothing is best yet", optional = true },
    { "min_delta", "number", "what is gained must be more than this", optional = true },
  },
  returns = "boolean",
  example = [[nj.improves("max", 91, 90.5, 0.1) --> true]],
})

function nj.improves(direction, value, best, min_delta)
  if direction ~= "min" and direction ~= "max" then
    native.fail("nj.improves expects \"min\" or \"max\" first, got " .. params.show(direction))
  elseif value ~= value then
    return false
  elseif best == nil then
    return true
  end
  return (direction == "max" and value - best or best - value) > (min_delta or 0)
end

return callbacks
