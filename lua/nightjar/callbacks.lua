-- nj.callback and nj.callbacks: what watches a training's records, ends it early, and keeps the weights of its best
-- epoch.
local part = ...
local declare = part "declare" "Callbacks"
local definitions = part "definitions"
local params = part "params"
local schedules = part "schedules"

local Callback = {}

local known_fields, required = declare.fields("nightjar.CallbackFields", "What nj.callback takes.", {
  { "name", "string", "what messages and files call the callback" },
  { "doc", "string", "one line", optional = true },
  { "params", "table", "its parameters, each { default = ..., min = ..., max = ..., choices = ..., doc = ... }",
    optional = true, annotation = "table<string, any>" },
  { "example", "table", "parameters with which it can be tried", optional = true, annotation = "table<string, any>" },
  definitions.check_field,
  { "state", "function", "state(self) returns a table of numbers, texts, booleans and tables of them: what it "
    .. "remembers, "
    .. "which checkpoints keep", optional = true, annotation = "fun(self: table): table" },
  { "on_epoch", "function", "on_epoch(self, record, state, training) is called after each epoch; training:stop() "
    .. "ends it, training:keep(name) keeps the weights of now",
    annotation = "fun(self: table, record: table<string, number>, state: table, training: nightjar.Training)" },
  { "kept", "function", "kept(self, state) returns the name under which weights are kept and { metric, value, epoch }",
    optional = true, annotation = "fun(self: table, state: table): string, table" },
  { "restores", "function", "restores(self, state) returns the name of the kept weights that the model has in the end",
    optional = true, annotation = "fun(self: table, state: table): string?" },
})

declare.class("nightjar.Callback", { doc = "What watches a training, with its parameters." })
declare.class("nightjar.Training", { doc = "What a callback can do to a training." })

local kind = {
  word = "callback", maker = "callback", registry = "callbacks", class = "nightjar.Callback", doc = "Callbacks",
  fields = known_fields, required = required, scaffold = "callback", watched = true,
}

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
  doc = "Defines a callback for nj.trainer { callbacks = { ... } }: it sees the record of each epoch, remembers what "
    .. "checkpoints keep, and can end the training.",
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
  local is_list = type(given) == "table" and getmetatable(given) ~= Callback and not nj.is_tensor(given)
    and not definitions.kind(given)
  if not is_list or (#given == 0 and next(given) ~= nil) then
    native.fail("'callbacks' of nj.trainer is a list such as { nj.callbacks.early_stopping { patience = 5 } }, got "
      .. (is_list and "a table of names" or definitions.describe(given)))
  end
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

--- Whether weights can be kept under a name: it is part of a file's.
function callbacks.is_name(name)
  return type(name) == "string" and name:match("^[%w_]+$") ~= nil and #name <= 100
end

local Training = {}
Training.__index = Training

function Training.stop(self)
  self.stops = true
end

function Training.keep(self, name)
  if not callbacks.is_name(name) then
    native.fail(self.owner .. " keeps weights under a name of letters, digits and underscores, got "
      .. "" .. params.show(name))
  end
  self.name = name
end

definitions.expose(Training)

--- Tells a callback of an epoch. Returns whether it ends training, and the name under which it keeps weights, if any.
function callbacks.epoch(callback, record, state, columns)
  local definition = rawget(callback, "definition")
  local training = setmetatable({ owner = definition.owner, stops = false }, Training)
  definition.on_epoch(callback, schedules.checked_record(definition.owner, record, columns), state, training)
  return training.stops, rawget(training, "name")
end

function callbacks.kept(callback, state)
  local definition = rawget(callback, "definition")
  if definition.kept then
    local name, facts = definition.kept(callback, state)
    if name ~= nil and not callbacks.is_name(name) then
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
