-- nj.metric and nj.metrics: numbers about a model, from an evaluation pass.
local part = ...
local declare = part "declare" "Metrics"
local definitions = part "definitions"
local params = part "params"

local Metric = {}

local known_fields, required = declare.fields("nightjar.MetricFields", "What nj.metric takes.", {
  { "name", "string", "the column in metrics.csv" },
  { "doc", "string", "one line", optional = true },
  definitions.params_field,
  { "title", "string", "what tables and figures call it", optional = true },
  { "unit", "string", "shown behind it: \"%\", \"s\"", optional = true },
  { "direction", "string", "which way is better: \"higher\", \"lower\" or \"none\"", optional = true },
  { "range", "table", "the lowest and the highest value that it can have: { 0, 1 }", optional = true,
    annotation = "number[]" },
  { "decimals", "integer", "in tables (default 3)", optional = true },
  { "compute", "function", "compute(self, evaluation) returns a number",
    annotation = "fun(self: table, evaluation: nightjar.Evaluation): number|nightjar.Tensor" },
})

local evaluation_fields = {
  { "epoch", "integer", "from 1" },
  { "kind", "string", "what the labels are: \"classes\", \"soft\" or \"binary\"" },
  { "labels", "nightjar.Tensor", "the labels given for training" },
  { "true_labels", "nightjar.Tensor", "the labels that the data came with, where they are of the same kind",
    optional = true },
  { "predictions", "nightjar.Tensor", "on the training set: a class for every label, of binary ones 0 or 1" },
  { "keep", "nightjar.Tensor", "a mask of the labels that count, where some are left out", optional = true },
  { "losses", "nightjar.Tensor", "one a training sample", optional = true },
  { "test_labels", "nightjar.Tensor", "where there is a test set", optional = true },
  { "test_predictions", "nightjar.Tensor", "where there is a test set", optional = true },
  { "test_keep", "nightjar.Tensor", "as keep, of a test set", optional = true },
}

declare.class("nightjar.Evaluation", {
  doc = "What an evaluation pass saw. Classes and their predictions count from 1.",
  fields = evaluation_fields,
})

-- An evaluation whose misspelt fields are errors; what a pass has not seen is nil.
local checked_evaluation = {
  __index = function(_, field)
    local names = {}
    for i, known in ipairs(evaluation_fields) do
      names[i] = known[1]
      if known[1] == field then
        return nil
      end
    end
    native.fail("an evaluation has no field '" .. tostring(field) .. "'" .. params.suggestion(tostring(field), names)
      .. "\n  fields are " .. table.concat(names, ", "))
  end,
}

declare.class("nightjar.Metric", {
  doc = "A metric with its parameters.",
  call = "fun(evaluation: nightjar.Evaluation): number",
})

declare.registry("metrics", "nightjar.Metric", "Metrics by name; a path to a .lua file works as well.")

local kind = {
  word = "metric",
  maker = "metric",
  registry = "metrics",
  fields = known_fields,
  required = required,
}

local directions = { higher = true, lower = true, none = true }

-- How a metric is shown is looked at when it is made.
local function check_declaration(definition)
  local owner, range, decimals = definition.owner, definition.range, definition.decimals
  if definition.direction ~= nil and not directions[definition.direction] then
    native.fail(owner .. ": 'direction' is \"higher\", \"lower\" or \"none\", got "
      .. string.format("%q", definition.direction))
  elseif range ~= nil and not (#range == 2 and type(range[1]) == "number" and type(range[2]) == "number"
      and range[1] < range[2]) then
    native.fail(owner .. ": 'range' is the lowest and the highest value that it can have, as in { 0, 1 }")
  elseif decimals ~= nil and (math.type(decimals) ~= "integer" or decimals < 0 or decimals > 12) then
    native.fail(owner .. ": 'decimals' is a whole number from 0 to 12, got " .. tostring(decimals))
  end
end

function kind.make(definition, values)
  check_declaration(definition)
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
  if type(evaluation) == "table" and getmetatable(evaluation) == nil then
    setmetatable(evaluation, checked_evaluation)
  end
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

declare.call("nj.record", {
  doc = "Records numbers by name in the run that is going on: in the row of the epoch of a training, or of a loop that "
    .. "the script has written itself. Without an epoch they are final values.",
  parameters = { { "values", "table<string, number>" } },
  returns = "nil",
})

--- Numbers by name, with the epoch taken out; tensors of one element count as numbers.
local function record(what, values)
  if type(values) ~= "table" or nj.is_tensor(values) then
    native.fail(what .. " takes numbers by name, as in { accuracy = 0.9 }, got "
      .. (nj.is_tensor(values) and "a tensor" or "a " .. type(values)))
  end
  local numbers, epoch = {}, nil
  for name, value in pairs(values) do
    if type(name) ~= "string" or not name:match("^[%a_][%w_.]*$") then
      native.fail(what .. ": names are letters, digits, '_' and '.', got " .. tostring(name))
    end
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
  native.record(numbers, epoch)
end

function nj.record(values)
  record("nj.record", values)
end

declare.call("nj.metric", {
  doc = "Defines a metric. What comes back is called with values for its parameters.",
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

function nj.metric(fields)
  return definitions.define(kind, fields)
end

nj.metrics = definitions.registry(kind, "metrics")

return { record = record }
