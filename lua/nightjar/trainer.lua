-- nj.trainer: a model, a loss, an optimizer and a schedule brought together.
local part = ...
local declare = part "declare" "Training"
local definitions = part "definitions"
local params = part "params"
local record = part "record"
local losses = part "losses"
local fields = part "trainer_fields"

local Trainer = {}
local known = setmetatable({}, { __mode = "k" })

local definition_of = record.definition_of
local epoch_range = { type = "integer", min = 1, max = 1e9 }

local trainer_parts = {}

--- What the host must know of a loss and of the first group's rule.
function trainer_parts.facts(loss, rule)
  return { form = losses.facts_of(loss), name = definition_of(rule.optimizer).name, state = rule:slots() }
end

--- The native side of a trainer.
function trainer_parts.native(trainer)
  return known[trainer].native
end

declare.class("nightjar.Trainer", {
  doc = "A model, a loss, an optimizer and a schedule brought together.",
  fields = { { "model", "nightjar.Layer", "what is trained" } },
})

declare.call("trainer:averages", {
  class = "nightjar.Trainer",
  doc = "Copies of the averages of the weights, by the paths of the parameters, where the trainer was given 'average'.",
  parameters = {},
  returns = "table<string, nightjar.Tensor>",
})

declare.call("trainer:best", {
  class = "nightjar.Trainer",
  doc = "Copies of the weights and running statistics that a callback has kept, by path, for model:load, and which "
    .. "epoch "
    .. "they are of.",
  parameters = { { "name", "string", "as the callback keeps them, for example \"test_accuracy\"; needed where "
    .. "several are "
    .. "kept", optional = true } },
  returns = "table<string, nightjar.Tensor>, { metric: string, value: number, epoch: integer }",
})

declare.call("nj.trainer", {
  doc = "Brings the parts of a training together.",
  parameters = { { "fields", "nightjar.TrainerFields" } },
  returns = "nightjar.Trainer",
  example = [[
local data = nj.data.load("digits")
local trainer = nj.trainer {
  model = nj.models.mlp { inputs = data.features, hidden = { 8 }, classes = data.classes },
  loss = nj.losses.cce {},
  optimizer = nj.optim.sgd {},
  learning_rate = 0.1,
}
local records, ending = trainer:fit(data.train:first(256), { epochs = 1 })
ending --> "completed"]],
})

function nj.trainer(given)
  local parts = fields.read(given)
  local trainer = setmetatable({}, Trainer)
  local made = native.trainer_make(parts.model, parts.loss, parts.rules, parts.course, parts.metrics, parts.facts)
  parts.course.tensors = function(of)
    return native.trainer_tensors(made, of)
  end
  known[trainer] = {
    native = made,
    callbacks = parts.callbacks,
    course = parts.course,
    model = parts.model,
  }
  local state = known[trainer]
  state.summary = function() return part "shown".trainer(given, parts.model, parts.schedule, state.stands) end
  return trainer
end

local methods = {}

declare.call("trainer:fit", {
  class = "nightjar.Trainer",
  doc = "Trains on a data set. Returns one record an epoch and why it ended: \"completed\", \"interrupted\" or "
    .. "\"stopped\".",
  parameters = { { "data", "nightjar.Dataset", "what to train on" } },
  options = {
    { "epochs", "integer", "how often all samples are seen" },
    { "test", "nightjar.Dataset", "what to test on", default_text = "nil" },
    { "validation", "nightjar.Dataset", "what to choose by: its accuracy is in the column validation_accuracy",
      default_text = "nil" },
  },
  returns = "table<string, number>[], string",
})

function methods.fit(trainer, data, options)
  local state = known[trainer]
  if state == nil then
    native.fail("'fit' is called with a colon: trainer:fit(data, { epochs = 10 })")
  end
  if type(options) == "number" then
    native.fail("trainer:fit takes the number of epochs by name: trainer:fit(data, { epochs = "
      .. params.show(options) .. " })")
  elseif options ~= nil and (type(options) ~= "table" or nj.is_tensor(options)) then
    native.fail("trainer:fit expects a table of options after the data set, as in { epochs = 10, test = data.test }, "
      .. "got " .. params.a_kind(options))
  end
  options = options or {}
  for _, name in ipairs(fields.names) do
    if options[name] ~= nil then
      native.fail("trainer:fit has no option '" .. name .. "': it is the trainer's, as in nj.trainer { " .. name
        .. " = ... }")
    end
  end
  params.check_names("trainer:fit", options, { "test", "validation", "epochs" }, "option")
  local train = definitions.native_data(data)
  if train == nil and nj.is_tensor(data) then
    native.fail("trainer:fit expects a data set first, got a tensor: write nj.data.from_tensors { inputs = x, "
      .. "labels = y, classes = 10 }")
  elseif train == nil then
    native.fail("trainer:fit expects a data set first, for example data.train, got " .. params.a_kind(data))
  end
  local others = {}
  for _, name in ipairs { "test", "validation" } do
    local given = options[name]
    others[name] = given ~= nil and definitions.native_data(given) or nil
    if given ~= nil and others[name] == nil then
      native.fail("'" .. name .. "' of trainer:fit must be a data set, for example data.test, got "
        .. params.a_kind(given))
    end
  end
  if options.epochs == nil then
    native.fail("trainer:fit needs a number of epochs, for example { epochs = 10 }")
  end
  local epochs = params.checked("'epochs' of trainer:fit", epoch_range, options.epochs)
  state.course:reset()
  local records, ending = native.trainer_fit(state.native, train, others.test, epochs, state.callbacks,
    others.validation)
  local last = records[#records]
  state.stands = last and { epoch = last.epoch, step = last.step, ending = ending } or state.stands
  return records, ending
end

--- Averages of the weights by the paths of the parameters, and the statistics that they were last judged with by the
--- paths of the buffers: what model:load takes. Where the trainer was given 'average'.
function methods.averages(trainer)
  local state = known[trainer]
  if state == nil then
    native.fail("'averages' is called with a colon: trainer:averages()")
  end
  return native.trainer_averages(state.native)
end

--- Weights that a callback has kept, by path, and what is known of them.
function methods.best(trainer, name)
  local state = known[trainer]
  if state == nil then
    native.fail("'best' is called with a colon: trainer:best()")
  end
  local facts, names = state.course:kept(), {}
  for kept in pairs(facts) do
    names[#names + 1] = kept
  end
  table.sort(names)
  if #names == 0 then
    native.fail("this trainer has kept no weights: give it callbacks = { nj.callbacks.best_weights {} } and train it")
  elseif name == nil and #names > 1 then
    native.fail("this trainer has kept several weights: name one of " .. table.concat(names, ", "))
  end
  name = name or names[1]
  if facts[name] == nil then
    native.fail("this trainer has kept no weights as "
      .. "'" .. tostring(name) .. "'" .. params.suggestion(tostring(name), names)
      .. "\n  it has " .. table.concat(names, ", "))
  end
  return native.trainer_kept(state.native, name), facts[name]
end

declare.call("trainer:log", {
  class = "nightjar.Trainer",
  doc = "Records numbers by name in the row of the epoch that is going on, as nj.record does. The second table says "
    .. "how numbers are shown, by name: once is enough.",
  parameters = {
    { "values", "table<string, number>" },
    { "shown", "table<string, nightjar.RecordedFields>", "as in { gap = { unit = \"%\", direction = \"lower\" } }",
      optional = true },
  },
  returns = "nil",
})

function methods.log(trainer, values, shown)
  if known[trainer] == nil then
    native.fail("'log' is called with a colon: trainer:log { name = value }")
  end
  part "metrics".record("trainer:log", values, shown)
end

function Trainer.__index(trainer, name)
  if name == "model" then
    return known[trainer].model
  end
  if methods[name] == nil then
    native.fail("a trainer has no '" .. tostring(name) .. "'"
      .. params.suggestion(tostring(name), { "fit", "averages", "best", "log", "model" }, "trainer"))
  end
  return methods[name]
end

function Trainer.__newindex(_, name)
  native.fail("a trainer does not change: '" .. tostring(name) .. "' cannot be set")
end

function Trainer.__tostring(trainer)
  return known[trainer].summary()
end

return trainer_parts
