-- nj.runs, nj.load_run: runs on disk, with what they were made of.
local part = ...
local declare = part "declare" "Results"
local params = part "params"
local results = part "results"
local class, content_of, list_of_names = results.class, results.content_of, results.list_of_names

local run_methods = {}

declare.class("nightjar.Run", {
  doc = "A run that is on disk.",
  fields = {
    { "name", "string", "experiment/run, as nightjar runs list shows it" },
    { "experiment", "string", "what it belongs to" },
    { "folder", "string", "where it lies" },
    { "status", "string", "finished, failed, interrupted or running" },
    { "epochs", "integer", "finished" },
    { "message", "string", "why it failed", optional = true },
    { "seconds", "number", "of training", optional = true },
    { "epoch", "integer", "whose weights run:weights and run:model give; nil: those of the end", optional = true },
    { "cell", "table", "its values by axis", annotation = "table<string, any>" },
    { "metrics", "table", "at the end, by name, and at the best epoch as best(NAME) and OTHER@best(NAME)",
      annotation = "table<string, number>" },
  },
})

-- Read once, and then kept.
local function config_of(content)
  if content.config == nil then
    content.config = native.results_config(content.public.folder)
  end
  return content.config
end

declare.call("run:config", {
  class = "nightjar.Run", doc = "Everything that was asked for: config.json as a table.", parameters = {},
  returns = "table",
})

function run_methods.config(self)
  return config_of(content_of(self, "run", "config"))
end

declare.call("run:curves", {
  class = "nightjar.Run",
  doc = "Metrics by epoch: the epochs, and for each metric a list of numbers; nan where it is not defined.",
  parameters = {}, returns = "table<string, number[]>",
})

function run_methods.curves(self)
  return native.results_curves(content_of(self, "run", "curves").public.folder)
end

-- The path of a file of a run; nil where there is none.
local function file_of(content, name)
  return native.results_has_file(content.public.folder, name) and content.public.folder .. "/" .. name or nil
end

declare.call("run:weights", {
  class = "nightjar.Run",
  doc = "Weights by their paths: the final ones, or those of the epoch that nj.load_run was asked for; \"averages\" "
    .. "of the same, or those that a callback kept (\"best_accuracy\").",
  parameters = { { "which", "string", optional = true } }, returns = "table<string, nightjar.Tensor>",
})

-- The weights in the checkpoint of an epoch, or what stands for them where the run keeps averages.
local function kept_weights(content, name)
  local all, weights, averages = nj.load(content.checkpoint), {}, 0
  for path, tensor in pairs(all) do
    local own = path:match("^model/(.*)$")
    if own ~= nil then
      local average = name == "averages" and all["optimizer/" .. own .. "/average"] or nil
      averages = averages + (average ~= nil and 1 or 0)
      weights[own] = average or tensor
    end
  end
  if name == "averages" and averages == 0 then
    native.fail("run " .. content.public.name .. " keeps no averages")
  end
  return weights
end

local function weights_of(content, name)
  if content.checkpoint ~= nil and (name == nil or name == "averages") then
    return kept_weights(content, name)
  elseif content.checkpoint ~= nil then
    native.fail(name .. " belongs to no epoch: leave the epoch out")
  end
  local path = file_of(content, (name or "weights") .. ".safetensors")
  if path == nil then
    native.fail("run " .. content.public.name .. " has no " .. (name or "weights") .. ".safetensors"
      .. (content.public.status == "finished" and "" or ": it is " .. content.public.status))
  end
  return (nj.load(path))
end

function run_methods.weights(self, name)
  return weights_of(content_of(self, "run", "weights"), name)
end

-- What a record of a component says, made again.
local function made_of(content, record, key, registry)
  if type(record) ~= "table" or type(record.name) ~= "string" then
    native.fail("run " .. content.public.name .. " has no " .. key .. " on record")
  end
  local parameters = {}
  for name, value in pairs(record.parameters or {}) do
    parameters[name] = value
  end
  local found, definition = pcall(function() return nj[registry][record.name] end)
  if not found or definition == nil then
    native.fail("the " .. key .. " of run " .. content.public.name .. ", '" .. record.name .. "', is no plugin's: it "
      .. "was made in its script. Make it there and load run:weights()")
  end
  return definition(parameters)
end

-- What config.json says of a component, made again.
local function remade(content, key, registry)
  return made_of(content, config_of(content)[key], key, registry)
end

declare.call("run:model", {
  class = "nightjar.Run",
  doc = "The model made again from its name and parameters, with weights as run:weights names them (the final ones).",
  parameters = { { "which", "string", optional = true } }, returns = "nightjar.Layer",
})

function run_methods.model(self, name)
  local content = content_of(self, "run", "model")
  local model = remade(content, "model", "models")
  model:load(weights_of(content, name))
  return model
end

declare.call("run:loss", {
  class = "nightjar.Run", doc = "The loss made again from its name and parameters.", parameters = {},
  returns = "nightjar.Loss",
})

function run_methods.loss(self)
  return remade(content_of(self, "run", "loss"), "loss", "losses")
end

declare.call("run:noise", {
  class = "nightjar.Run",
  doc = "The model of noise made again from its name and parameters; nil where no model made the labels.",
  parameters = {}, returns = "nightjar.Noise?",
})

function run_methods.noise(self)
  local content = content_of(self, "run", "noise")
  local record = config_of(content).noise
  if type(record) == "table" and record.kind == nil then
    return nil
  end
  return remade(content, "noise", "noise")
end

declare.call("run:labels", {
  class = "nightjar.Run", doc = "The true labels of the training set and those that were given.", parameters = {},
  returns = "nightjar.Tensor, nightjar.Tensor",
})

local function labels_of(content)
  if file_of(content, "labels.csv") == nil then
    native.fail("run " .. content.public.name .. " has no labels.csv")
  end
  local truth, given = native.results_labels(content.public.folder)
  return nj.tensor(truth, { dtype = "int32" }), nj.tensor(given, { dtype = "int32" })
end

function run_methods.labels(self)
  return labels_of(content_of(self, "run", "labels"))
end

-- The data as the noise on record left its inputs, the first noise first.
local function with_noise_of(content, train, record)
  if type(record) ~= "table" then
    return train
  end
  train = with_noise_of(content, train, record.before)
  return record.inputs and train:with_noise(made_of(content, record, "noise", "noise"), { seed = record.seed }) or train
end

declare.call("run:data", {
  class = "nightjar.Run",
  doc = "The data set with the labels of the run: train has those given, noise included, beside the true ones.",
  parameters = {}, returns = "nightjar.DataBundle",
})

function run_methods.data(self)
  local content = content_of(self, "run", "data")
  local record = config_of(content).data
  if type(record) ~= "table" or type(record.name) ~= "string" then
    native.fail("run " .. content.public.name .. " has no data set on record")
  end
  local bundle = nj.data.load(record.name)
  local truth, given = labels_of(content)
  local count = truth:numel()
  local train = bundle.train
  if #train > count then
    train = train:first(count)
  end
  train = with_noise_of(content, train, config_of(content).noise)
  if #train ~= count or not train:true_labels():eq(truth):all():item() then
    native.fail("the data set '" .. record.name .. "' is not what run " .. content.public.name .. " trained on: it has "
      .. #bundle.train .. " samples, the run " .. count .. ", or their true labels differ")
  end
  return { train = train:with_labels(given), test = bundle.test, classes = bundle.classes,
    features = bundle.features, class_names = bundle.class_names }
end

declare.call("run:ledger", {
  class = "nightjar.Run",
  doc = "What was kept of each training sample at each epoch, as (epochs, samples) arrays by name: prediction, loss, "
    .. "p_given, margin, and what metrics by sample added; nil for a run without a ledger.",
  parameters = {}, returns = "table<string, nightjar.Tensor>?",
})

function run_methods.ledger(self)
  local content = content_of(self, "run", "ledger")
  local path, columns = file_of(content, "ledger.npy"), config_of(content).ledger
  if path == nil or type(columns) ~= "table" then
    return nil
  end
  local all, arrays = nj.load(path), {}
  for i, name in ipairs(columns) do
    arrays[name] = all:narrow(3, i, 1):squeeze(3)
  end
  return arrays
end

declare.call("run:arrays", {
  class = "nightjar.Run",
  doc = "What metrics gave at each epoch that is no column, by their names: matrices as (epochs, rows, columns), "
    .. "values by sample as (epochs, samples) where no ledger has them; nan for an epoch without one.",
  parameters = {}, returns = "table<string, nightjar.Tensor>",
})

function run_methods.arrays(self)
  local content = content_of(self, "run", "arrays")
  local arrays = {}
  for _, metric in ipairs(config_of(content).arrays or {}) do
    local path = file_of(content, "arrays/" .. metric.name .. ".npy")
    arrays[metric.name] = path and nj.load(path)
  end
  return arrays
end

local make_run = class("run", run_methods, function(self)
  return "run " .. content_of(self, "run", "name").public.name
end, { "message", "seconds", "epoch" })

local function run_of(facts, checkpoint)
  return make_run { kind = "run", public = facts, checkpoint = checkpoint }
end

local runs_fields = declare.fields("nightjar.RunsFields", "What nj.runs takes.", results.with_which {
  { "sort", "any", "names to sort by, the first counting most; \"-j2\" for the highest first", optional = true,
    annotation = "string|string[]" },
  { "limit", "number", "the most runs", optional = true },
})

declare.call("nj.runs", {
  doc = "The runs on disk that a condition holds for, in the order of their names.",
  parameters = { { "fields", "nightjar.RunsFields", optional = true } },
  returns = "nightjar.Run[]",
  example = [[
local best = nj.runs { where = "status = finished and epochs > 0", sort = "-seconds", limit = 3 }
for _, run in ipairs(best) do assert(run.status == "finished" and run.metrics and run.cell) end
#nj.runs { where = "status = failed" } --> 0]],
})

function nj.runs(given)
  given = given or {}
  params.check_fields("nj.runs", "nj.runs", given, runs_fields, {})
  local query = results.query_of("nj.runs", given)
  query.sort, query.limit = list_of_names("nj.runs", "sort", given.sort), given.limit
  local list = native.results_runs(query)
  for i, facts in ipairs(list) do
    list[i] = run_of(facts)
  end
  return list
end

declare.call("run:kept", {
  class = "nightjar.Run",
  doc = "The epochs whose checkpoints are kept, in order (run --checkpoint-keep, --checkpoint-best).",
  parameters = {}, returns = "integer[]",
})

function run_methods.kept(self)
  return native.results_kept(content_of(self, "run", "kept").public.folder)
end

local load_fields = declare.fields("nightjar.LoadRunFields", "What nj.load_run takes.", {
  { "epoch", "any", "whose weights are meant, of those that are kept: a number, \"best\", \"best:test_accuracy\" or "
    .. "\"final\"", optional = true, annotation = "integer|string" },
})

declare.call("nj.load_run", {
  doc = "A run on disk, by the path of its folder, or by its name as nightjar runs list shows it. With an epoch, "
    .. "run:weights and run:model give those of its checkpoint, where the run has kept it.",
  parameters = { { "folder", "string" }, { "fields", "nightjar.LoadRunFields", optional = true } },
  returns = "nightjar.Run",
})

function nj.load_run(folder, given)
  local facts = native.results_run(folder)
  given = given or {}
  params.check_fields("nj.load_run", "nj.load_run", given, load_fields, {})
  local epoch = given.epoch
  if epoch == nil then
    return run_of(facts)
  end
  epoch = math.type(epoch) == "float" and math.tointeger(epoch) or epoch
  if math.type(epoch) ~= "integer" and type(epoch) ~= "string" then
    native.fail("nj.load_run: epoch is a whole number, \"best\", \"best:METRIC\" or \"final\", got "
      .. params.a_kind(epoch))
  end
  local checkpoint
  checkpoint, facts.epoch = native.results_checkpoint(facts.folder, tostring(epoch))
  return run_of(facts, checkpoint)
end

