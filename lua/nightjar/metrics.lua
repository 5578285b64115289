-- nj.metric and nj.metrics: numbers about a model, from an evaluation pass.
local part = ...
local declare = part "declare" "Metrics"
local definitions = part "definitions"

local Metric = {}

local known_fields, required = declare.fields("nightjar.MetricFields", "What nj.metric takes.", {
  { "name", "string", "the column in metrics.csv" },
  { "doc", "string", "one line", optional = true },
  definitions.params_field,
  { "compute", "function", "compute(self, evaluation) returns a number",
    annotation = "fun(self: table, evaluation: nightjar.Evaluation): number|nightjar.Tensor" },
})

declare.class("nightjar.Evaluation", {
  doc = "What an evaluation pass saw. Labels and predictions count from 1.",
  fields = {
    { "epoch", "integer", "from 1" },
    { "labels", "nightjar.Tensor", "the labels given for training" },
    { "true_labels", "nightjar.Tensor", "the labels that the data came with" },
    { "predictions", "nightjar.Tensor", "on the training set" },
    { "losses", "nightjar.Tensor", "one a training sample", optional = true },
    { "test_labels", "nightjar.Tensor", "where there is a test set", optional = true },
    { "test_predictions", "nightjar.Tensor", "where there is a test set", optional = true },
  },
})

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

function kind.make(definition, values)
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

return true
