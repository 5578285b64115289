-- Trains a fresh model on some samples of a data set.
local nj = require "nightjar"
local features = require "features.lua"

local training = {}

--- Parameters of out-of-fold predictions.
training.params = {
  features = features.param,
  folds = { default = 5, type = "integer", min = 2, doc = "parts, each predicted by a model of the others" },
  model = { default = "mlp", type = "any", doc = "the name of a model, or a function that gives a fresh one" },
  loss = { default = "cce", type = "any", doc = "the name of a loss, or a loss" },
  epochs = { default = 10, type = "integer", min = 1, doc = "of each training: few, as a model that has learnt wrong "
    .. "labels by heart predicts worse" },
  batch_size = { default = 64, type = "integer", min = 1, doc = "samples a step" },
  learning_rate = { default = 0.05, above = 0, doc = "of SGD with momentum 0.9" },
  seed = { default = 1, type = "integer", doc = "of folds, first weights and order" },
}

-- A model by name, with those of its parameters that follow from the data.
local function fresh(owner, wanted, set, seen)
  if type(wanted) == "function" then
    return wanted()
  elseif type(wanted) ~= "string" then
    error(owner .. ": 'model' is the name of a model or a function that gives a fresh one")
  end
  local shape = seen:shape()
  local inputs = 1
  for i = 2, #shape do
    inputs = inputs * shape[i]
  end
  local facts = { inputs = inputs, classes = set:classes(), height = shape[2], width = shape[3], channels = shape[4] }
  local definition, parameters = nj.models[wanted], {}
  for name, value in pairs(facts) do
    parameters[name] = definition.specs[name] and value or nil
  end
  return definition(parameters)
end

--- A model fitted on the samples at `positions`, or on all, by what it sees of them. on_epoch(model) is called after
--- each epoch.
function training.fit(owner, fields, set, seen, positions, seed, on_epoch)
  local part = set
  if positions or fields.features ~= features.param.default then
    local labels = set:labels():int()
    part = nj.data.from_tensors {
      inputs = positions and seen:index(1, positions):copy() or seen,
      labels = positions and labels:index(1, positions):copy() or labels:copy(),
      classes = set:classes(), class_names = set:class_names(),
    }
  end
  local model = fresh(owner, fields.model, set, seen)
  local trainer = nj.trainer {
    model = model, loss = type(fields.loss) == "string" and nj.losses[fields.loss] {} or fields.loss,
    optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = fields.learning_rate,
    batch_size = math.min(fields.batch_size, #part), seed = seed, ledger = false, evaluation_interval = fields.epochs,
    on_epoch = on_epoch and function()
      on_epoch(model)
    end or nil,
  }
  local _, ending = trainer:fit(part, { epochs = fields.epochs })
  if ending == "interrupted" then
    error(owner .. " was interrupted")
  end
  return model
end

--- What models see of a data set.
function training.seen(owner, fields, set)
  return features.of(owner, fields.features, set:inputs())
end

return training
