-- nj.metric and nj.metrics: numbers about a model, from an evaluation pass.
local part = ...
local declare = part "declare" "Metrics"
local definitions = part "definitions"
local params = part "params"

local Metric = {}

local doc_field = { "doc", "string", "one line", optional = true }
local title_field = { "title", "string", "what tables and figures call it", optional = true }
local unit_field = { "unit", "string", "shown behind it: \"%\", \"s\"", optional = true }
local direction_field = { "direction", "string", "which way is better: \"higher\", \"lower\" or \"none\"",
  optional = true }
local range_field = { "range", "table", "the lowest and the highest value that it can have: { 0, 1 }", optional = true,
  annotation = "number[]" }
local decimals_field = { "decimals", "integer", "in tables (default 3, of percentages 1)", optional = true }

local shown_fields = declare.fields("nightjar.RecordedFields",
  "How tables, figures and reports show a number that a script records.",
  { doc_field, title_field, unit_field, direction_field, range_field, decimals_field })

local known_fields, required = declare.fields("nightjar.MetricFields", "What nj.metric takes.", {
  { "name", "string", "the column in metrics.csv" },
  doc_field,
  definitions.params_field,
  title_field, unit_field, direction_field, range_field, decimals_field,
  { "returns", "string", "what compute returns: a \"number\" (the default), numbers by \"class\", whose mean is the "
    .. "column name beside columns name[class], a \"matrix\", or a number by \"sample\" of the training set, whose "
    .. "mean is the column name beside name[q10], name[median] and name[q90]; the last two are files of the run's "
    .. "folder arrays, an epoch a row, and by sample a column of its ledger where it has one", optional = true },
  { "compute", "function", "compute(self, evaluation) returns a number, or what 'returns' says: a tensor or a list; "
    .. "nil where this epoch has no value",
    annotation = "fun(self: table, evaluation: nightjar.Evaluation): number|nightjar.Tensor|table" },
  definitions.check_field,
})

local set_fields = {
  { "labels", "nightjar.Tensor", "the labels given for training; those of the data elsewhere" },
  { "true_labels", "nightjar.Tensor", "the labels that the data came with, where they are of the same kind",
    optional = true },
  { "keep", "nightjar.Tensor", "a mask of the labels that count, where some are left out", optional = true },
  { "label_sets", "table<string, nightjar.Tensor>", "the labels of the data set's label sets, by name: those given for "
    .. "training; those of the data elsewhere" },
  { "predictions", "nightjar.Tensor", "the class with the largest logit for every label; of binary ones 0 or 1" },
  { "logits", "nightjar.Tensor", "samples x classes" },
  { "probabilities", "nightjar.Tensor", "their softmax, or their sigmoid for binary labels" },
  { "losses", "nightjar.Tensor", "one a sample, where the loss gives them", optional = true },
  { "indices", "nightjar.Tensor", "the positions of the samples in their set, from 1" },
  { "inputs", "nightjar.Tensor", "as the model gets them" },
}

local evaluation_fields = {
  { "epoch", "integer", "from 1" },
  { "step", "integer", "the last one before it" },
  { "kind", "string", "what the labels are: \"classes\", \"soft\" or \"binary\"" },
  { "classes", "integer", "how many there are" },
  { "model", "nightjar.Layer", "as it is judged" },
  { "train", "nightjar.EvaluationSet", "the training set" },
  { "validation", "nightjar.EvaluationSet", "where trainer:fit was given one", optional = true },
  { "test", "nightjar.EvaluationSet", "where there is a test set", optional = true },
  { "test_labels", "nightjar.Tensor", "where there is a test set", optional = true },
  { "test_predictions", "nightjar.Tensor", "where there is a test set", optional = true },
  { "test_keep", "nightjar.Tensor", "as keep, of a test set", optional = true },
}
for _, field in ipairs(set_fields) do
  evaluation_fields[#evaluation_fields + 1] = { field[1], field[2], "train." .. field[1], optional = field.optional }
end

declare.class("nightjar.EvaluationSet", {
  doc = "What an evaluation saw of a set of samples, in its order. Classes and their predictions count from 1. What is "
    .. "not kept anyway is computed when it is read, while the metric is computed.",
  fields = set_fields,
})

declare.class("nightjar.Evaluation", {
  doc = "What an evaluation pass saw: sets, and the fields of the training set by themselves.",
  fields = evaluation_fields,
})

local function unknown(what, field, fields)
  local names = {}
  for i, known in ipairs(fields) do
    names[i] = known[1]
    if known[1] == field then
      return nil
    end
  end
  native.fail(what .. " has no field '" .. tostring(field) .. "'" .. params.suggestion(tostring(field), names)
    .. "\n  fields are " .. table.concat(names, ", "))
end

local in_set = {}
for _, field in ipairs(set_fields) do
  in_set[field[1]] = true
end

-- A field of a set, made when it is read and then kept.
local function set_field(set, field)
  if not in_set[field] then
    return unknown("a set of an evaluation", field, set_fields)
  end
  local value
  if field == "indices" then
    value = nj.arange(1, set.labels:size(1) + 1):int()
  elseif field == "probabilities" then
    value = rawget(set, "is_binary") and set.logits:sigmoid() or set.logits:softmax(-1)
  else
    value = native.evaluation_part(rawget(set, "name"), field)
  end
  rawset(set, field, value)
  return value
end

local set_class = { __index = set_field, __metatable = false }

-- What metrics are about: an evaluation that a script makes itself has to hold what is asked for.
local given_by_hand = { logits = true, labels = true, predictions = true, probabilities = true }

-- An evaluation whose misspelt fields are errors; what a pass has not seen is nil.
local checked_evaluation = {
  __index = function(self, field)
    local train = rawget(self, "train")
    local logits = not train and rawget(self, "logits")
    if field == "predictions" and nj.is_tensor(logits) then
      return logits:argmax(-1)
    end
    if given_by_hand[field] and not train then
      native.fail("an evaluation that a metric is called with by hand has no '" .. field .. "' unless it is given, as "
        .. "in metric { logits = ..., labels = ... }; nj.trainer gives all of it")
    end
    if train and in_set[field] then
      return train[field]
    end
    local test = rawget(self, "test")
    if test and (field == "test_labels" or field == "test_predictions" or field == "test_keep") then
      return test[field:sub(6)]
    end
    return unknown("an evaluation", field, evaluation_fields)
  end,
}

-- The evaluation as scripts get it, of what the host hands over.
local function evaluation_of(given)
  local evaluation = { epoch = given.epoch, step = given.step, classes = given.classes, model = given.model,
    kind = given.kind }
  for _, name in ipairs(given.sets) do
    evaluation[name] = setmetatable({ name = name, is_binary = given.kind == "binary" }, set_class)
  end
  return setmetatable(evaluation, checked_evaluation)
end

declare.class("nightjar.Metric", {
  doc = "A metric with its parameters.",
  call = "fun(evaluation: nightjar.Evaluation): number",
})

local column_pattern = "^[%w_\128-\255][%w_.%-\128-\255]*$"

local kind = {
  word = "metric", maker = "metric", registry = "metrics", class = "nightjar.Metric", doc = "Metrics",
  fields = known_fields, required = required, axis = "metric", scaffold = "metric",
  common = {
    as = { type = "string", doc = "the column in metrics.csv, in the place of the metric's name: for one metric with "
      .. "several parameters" },
  },
}

local kinds_of_results = { number = true, class = true, matrix = true, sample = true }

local directions = { higher = true, lower = true, none = true }

-- How a number is shown: direction, range and decimals.
local function check_shown(owner, facts)
  local range, decimals = facts.range, facts.decimals
  if facts.direction ~= nil and not directions[facts.direction] then
    native.fail(owner .. ": 'direction' is \"higher\", \"lower\" or \"none\", got "
      .. string.format("%q", facts.direction))
  elseif range ~= nil and not (#range == 2 and type(range[1]) == "number" and type(range[2]) == "number"
      and range[1] < range[2]) then
    native.fail(owner .. ": 'range' is the lowest and the highest value that it can have, as in { 0, 1 }")
  elseif decimals ~= nil and (math.type(decimals) ~= "integer" or decimals < 0 or decimals > 12) then
    native.fail(owner .. ": 'decimals' is a whole number from 0 to 12, got " .. tostring(decimals))
  end
end

-- How a metric is shown is looked at when it is made.
local function check_declaration(definition)
  local owner = definition.owner
  -- It is a column, and of a matrix a file.
  if not definition.name:match(column_pattern) then
    native.fail(owner .. ": the name of a metric is a column of metrics.csv: letters, digits, '_', '-' and '.', with a "
      .. "letter, a digit or '_' in front")
  elseif definition.returns ~= nil and not kinds_of_results[definition.returns] then
    native.fail(owner .. ": 'returns' is \"number\", \"class\", \"matrix\" or \"sample\", got "
      .. string.format("%q", definition.returns))
  end
  check_shown(owner, definition)
end

function kind.make(definition, values)
  check_declaration(definition)
  if values.as and not values.as:match(column_pattern) then
    native.fail("'as' of " .. definition.owner .. " is a column of metrics.csv: letters, digits, '_', '-' and '.', "
      .. "with a letter, a digit or '_' in front, got " .. params.show(values.as))
  end
  return definitions.check(definition, definitions.object(Metric, definition, values))
end

function Metric.__index(self, field)
  return definitions.unknown_field(self, field)
end

function Metric.__tostring(self)
  return rawget(self, "definition").owner
end

-- How many values there are, and the first.
local function counted(...)
  return select("#", ...), (...)
end

-- An error about what compute returned.
local function wrong_result(definition, expected, value)
  local came = value == nil and "nothing: did it forget 'return'?" or nj.is_tensor(value)
    and "a tensor of shape (" .. table.concat(value:shape(), ", ") .. ")" or "a " .. type(value)
  error(definitions.place_of(definition.compute) .. ": compute of " .. definition.owner .. " must return " .. expected
    .. ", it returned " .. came, 0)
end

-- A list, or a list of lists, of numbers becomes a tensor; anything else stays.
local function tensor_of(value)
  if type(value) == "table" and not nj.is_tensor(value) and value[1] ~= nil then
    return nj.tensor(value, { dtype = "float64" })
  end
  return value
end

-- What compute returned, as its 'returns' says; sizes are checked where they are known. An explicit nil is a value that
-- this evaluation does not have.
local function result_of(definition, classes, count, returned, value)
  local returns = definition.returns or "number"
  if returned > 0 and value == nil then
    return nil
  end
  if returns == "number" then
    if nj.is_tensor(value) and value:numel() == 1 then
      value = value:item()
    end
    if type(value) ~= "number" then
      wrong_result(definition, nj.is_tensor(value) and value:numel() ~= 1
        and "a number (or say returns = \"class\", \"matrix\" or \"sample\")" or "a number", value)
    end
    return value
  end
  value = tensor_of(value)
  local rank = returns == "matrix" and 2 or 1
  local wanted = returns == "class" and classes or returns == "sample" and count or nil
  if not nj.is_tensor(value) or value:rank() ~= rank or wanted and value:size(1) ~= wanted then
    wrong_result(definition, returns == "matrix" and "a matrix" or string.format("%sa number for each %s",
      wanted and wanted .. " values, " or "", returns), value)
  end
  return returns == "class" and value:double():totable() or value:double():copy()
end

--- The number, or what 'returns' says, for what an evaluation pass saw.
function Metric.__call(self, evaluation)
  local definition = rawget(self, "definition")
  local classes, count
  if type(evaluation) ~= "table" or nj.is_tensor(evaluation) then
    native.fail(definition.owner .. " is called with an evaluation, as in metric { logits = ..., labels = ... }, got "
      .. params.a_kind(evaluation))
  end
  if type(evaluation) == "table" and getmetatable(evaluation) == nil then
    if evaluation.sets then
      classes, count = evaluation.classes, evaluation.count
      evaluation = evaluation_of(evaluation)
    else
      setmetatable(evaluation, checked_evaluation)
    end
  end
  return result_of(definition, classes, count, counted(definition.compute(self, evaluation)))
end

definitions.expose(Metric)

declare.call("nj.record", {
  doc = "Records numbers by name in the run that is going on: in the row of the epoch of a training, or of a loop that "
    .. "the script has written itself. Without an epoch they are final values. The second table says how numbers are "
    .. "shown, by name: once is enough.",
  parameters = {
    { "values", "table<string, number>" },
    { "shown", "table<string, nightjar.RecordedFields>", "as in { gap = { unit = \"%\", direction = \"lower\" } }",
      optional = true },
  },
  returns = "nil",
})

-- The name of a number that a script records.
local function check_recorded(what, name)
  if type(name) ~= "string" or not name:match("^[%a_][%w_.]*$") then
    native.fail(what .. ": names are letters, digits, '_' and '.', got " .. tostring(name))
  end
end

-- How recorded numbers are shown, as the host takes it: a list in the order of their names.
local function recorded_facts(what, given)
  if type(given) ~= "table" or nj.is_tensor(given) then
    native.fail(what .. " takes a table that says by name how numbers are shown, as in { gap = { unit = \"%\", "
      .. "direction = \"lower\" } }, got " .. params.a_kind(given))
  end
  local names, list = {}, {}
  for name in pairs(given) do
    check_recorded(what, name)
    if name == "epoch" then
      native.fail(what .. ": 'epoch' is where numbers belong, and is no number of its own")
    end
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    local owner = "'" .. name .. "' of " .. what
    params.check_fields(owner, owner, given[name], shown_fields, {})
    check_shown(owner, given[name])
    list[i] = { name = name }
    for field, value in pairs(given[name]) do
      list[i][field] = value
    end
  end
  return list
end

--- Numbers by name, with the epoch taken out; tensors of one element count as numbers.
local function record(what, values, shown)
  if type(values) ~= "table" or nj.is_tensor(values) then
    native.fail(what .. " takes numbers by name, as in { accuracy = 0.9 }, got "
      .. (nj.is_tensor(values) and "a tensor" or "a " .. type(values)))
  end
  local numbers, epoch = {}, nil
  for name, value in pairs(values) do
    check_recorded(what, name)
    if nj.is_tensor(value) then
      value = value:item()
    end
    if type(value) == "boolean" then
      value = value and 1 or 0
    end
    if type(value) ~= "number" then
      native.fail(what .. ": '" .. name .. "' must be a number, got " .. params.a_kind(value))
    end
    if name == "epoch" then
      epoch = math.tointeger(value)
      if epoch == nil or epoch < 1 then
        native.fail(what .. ": 'epoch' must be a whole number of at least 1, got " .. tostring(value))
      end
    else
      numbers[name] = value
    end
  end
  if shown ~= nil then
    native.declare_recorded(recorded_facts(what, shown))
  end
  native.record(numbers, epoch)
end

function nj.record(values, shown)
  record("nj.record", values, shown)
end

declare.call("nj.metric", {
  doc = "Defines a metric. What comes back is called with values for its parameters, and with as = \"name\" for "
    .. "another column than its name, so that one metric can be asked for with several parameters.",
  parameters = { { "fields", "nightjar.MetricFields" } },
  returns = "fun(parameters?: table<string, any>): nightjar.Metric",
  example = [[
local agreement = nj.metric {
  name = "agreement",
  compute = function(_, evaluation) return evaluation.predictions:eq(evaluation.labels):float():mean() end,
}
local seen = nj.tensor({ 1, 2, 2, 1 }, { dtype = "int32" })
agreement {} { labels = seen, predictions = nj.ones_like(seen) } --> 0.5]],
})

part "kinds".declare(kind, declare)

--- The column of a metric.
local function column_of(metric)
  return rawget(metric, "as") or rawget(metric, "definition").name
end

return { record = record, recorded_facts = recorded_facts, column_of = column_of }
