-- nj.data: data sets with their parts, and other labels for them.
local part = ...
local collection = part "declare"
local declare = collection "Data"
local definitions = part "definitions"
local params = part "params"
local noise = part "noise"

local data = {}
local Part = {}
local known = setmetatable({}, { __mode = "k" })

local methods = { "count", "classes", "class_names", "labels", "label_kind", "keep", "true_labels", "noise_rate",
  "inputs", "label_sets" }

-- What noise was put on a data set, by the data set: the last first, and in its `before` what was there already.
local records = setmetatable({}, { __mode = "k" })

-- Wraps a native data set.
local function wrap(native_set, record)
  local set = setmetatable({}, Part)
  known[set], records[set] = native_set, record
  return set
end

-- What of earlier noise still counts where labels are given anew: what it did to inputs.
local function inputs_of(record)
  if record == nil then
    return nil
  end
  local before = inputs_of(record.before)
  if not record.inputs then
    return before
  end
  local kept = {}
  for field, value in pairs(record) do
    kept[field] = value
  end
  kept.before = before
  return kept
end

-- The samples as one of the label sets sees them, with its labels in the place of their own.
local function seen_by(native_set, name)
  local seen = type(name) == "string" and native_set:label_set(name) or nil
  if seen == nil then
    local names = native_set:label_sets()
    native.fail("this data set has no label set " .. params.show(name) .. params.suggestion(tostring(name), names)
      .. (#names > 0 and "\n  it has " .. table.concat(names, ", ")
        or ": nj.data.from_tensors { label_sets = { name = { labels = ..., classes = ... } } } gives it one"))
  end
  return seen
end

-- What is asked of the labels is asked of a label set where its name is given.
local of_sets = { classes = true, labels = true, label_kind = true, keep = true, true_labels = true, noise_rate = true }

local functions = {}
for _, name in ipairs(methods) do
  functions[name] = function(set, which)
    local native_set = known[set]
    if native_set == nil then
      native.fail("'" .. name .. "' is called with a colon: data:" .. name .. "()")
    elseif which ~= nil and of_sets[name] then
      native_set = seen_by(native_set, which)
    elseif which ~= nil then
      native.fail("data:" .. name .. "() takes no arguments, got " .. params.a_kind(which))
    end
    return native_set[name](native_set)
  end
end

declare.class("nightjar.Dataset", {
  doc = "Samples with the labels given for training and, beside them, the true ones. #data is their number.",
  operators = { "len: integer" },
})

function functions.first(set, count)
  return wrap(known[set]:first(count), records[set])
end

local kind_doc = "\"classes\" (from 1), \"soft\" (rows of probabilities) or \"binary\" (0 to 1 for each logit)"
local kind_default = "\"soft\" for rows of fractions, \"binary\" for true and false, else \"classes\""

declare.call("data:with_labels", {
  class = "nightjar.Dataset",
  doc = "The same samples with other labels for training: those of a noise model, or a tensor of labels of any kind: "
    .. "one a sample, rows of probabilities, one for each place of a sample, 0 and 1 for several labels a sample. The "
    .. "true ones stay beside.",
  parameters = { { "labels", "nightjar.Noise|nightjar.Tensor" } },
  options = {
    { "seed", "integer", "of the noise", default_text = "the run's" },
    { "kind", "string", "of a tensor of labels: " .. kind_doc, default_text = kind_default },
    { "ignore", "number", "the label that stands for none: what has it is left out of training and metrics; rows of "
      .. "zeros where labels are soft", default_text = "nil" },
    { "set", "string", "the name of the label set whose labels are exchanged", default_text = "the labels themselves" },
  },
  returns = "nightjar.Dataset",
  example = [[
local data = nj.data.load("digits").train:first(100)
data:with_labels(nj.noise.uniform { rate = 0.4, count = "exact" }, { seed = 1 }):noise_rate() --> 0.4
local some = nj.where(nj.arange(100):lt(25), 0, data:labels()):int()
data:with_labels(some, { ignore = 0 }):keep():int():sum() --> 75]],
})

local function owner_of(model)
  return type(model) == "table" and rawget(model, "definition") and model.definition.owner or "this noise"
end

-- Noise for the labels that the data came with, which are classes; those that are left out stay so.
local function noisy_labels(native_set, model, seed)
  local owner = owner_of(model)
  local words, rank = native.true_kind(native_set)
  if words then
    native.fail(owner .. " exchanges classes, and this data set has " .. words .. ": change these labels with tensor "
      .. "operations and give them with data:with_labels(tensor)")
  end
  local labels, keep = native_set:true_labels(), native_set:true_keep()
  local options = { classes = native_set:classes(), names = native_set:class_names(), seed = seed }
  if rank == 1 and keep == nil then
    -- Made when a model asks for them.
    options.features = function() return native_set:inputs() end
    return model:apply(labels, options)
  end
  -- Every place that has a label is one for the noise.
  local flat = labels:reshape(labels:numel())
  local at = keep and keep:reshape(keep:numel()):nonzero() or nj.arange(1, flat:numel() + 1):int()
  if rank == 1 then
    options.features = function() return native_set:inputs():index(1, at) end
  end
  local noisy = model:apply(flat:index(1, at), options)
  local all = flat:scatter_add(1, at, noisy - flat:index(1, at))
  return all:reshape(labels:shape()):copy()
end

local with_labels_range = { seed = true, kind = true, ignore = true, set = true }
local kind_range = { type = "string", choices = { "classes", "soft", "binary" } }
local ignore_range = { type = "integer", min = -2147483647, max = 2147483647 }

-- What a script says of a tensor of labels.
local function label_options(owner, given)
  local kind, ignore = given.kind, given.ignore
  return {
    kind = kind ~= nil and params.checked("'kind' of " .. owner, kind_range, kind) or nil,
    ignore = ignore ~= nil and params.checked("'ignore' of " .. owner, ignore_range, ignore) or nil,
  }
end

-- Where a noise model belongs, its name alone: one that is unknown is told the known ones.
local function refuse_name(method, given)
  if type(given) == "string" then
    local _ = nj.noise[given]
    native.fail(method .. " takes a noise model, and '" .. given .. "' is the name of one: write nj.noise[\"" .. given
      .. "\"] {} with its parameters")
  end
end

function functions.with_labels(set, labels, options)
  local native_set = known[set]
  if native_set == nil then
    native.fail("'with_labels' is called with a colon: data:with_labels(noise, { seed = 1 })")
  end
  options = options or {}
  if type(options) ~= "table" or nj.is_tensor(options) then
    native.fail("with_labels expects a table of options, for example { seed = 1 }, got " .. params.show(options))
  end
  for name in pairs(options) do
    if not with_labels_range[name] then
      native.fail("with_labels has no option '" .. tostring(name) .. "'"
        .. params.suggestion(tostring(name), { "seed", "kind", "ignore", "set" }))
    end
  end
  if options.set ~= nil then
    local seen = seen_by(native_set, options.set)
    local others = { seed = options.seed, kind = options.kind, ignore = options.ignore }
    local changed = functions.with_labels(wrap(seen), labels, others)
    return wrap(native.data_with_set(native_set, options.set, known[changed]), records[set])
  end
  if nj.is_tensor(labels) then
    local before = inputs_of(records[set])
    local given = before and { name = "given labels", before = before }
    return wrap(native.data_given(native_set, labels, given, label_options("with_labels", options)), given)
  end
  refuse_name("with_labels", labels)
  if type(labels) ~= "table" or type(labels.apply) ~= "function" then
    native.fail("with_labels takes a noise model, for example nj.noise.uniform { rate = 0.4 }, or a tensor of labels; "
      .. "got " .. params.a_kind(labels))
  elseif options.kind ~= nil then
    native.fail("'kind' of with_labels is of a tensor of labels: a noise model gives classes")
  end
  -- What is compared sees the same wrong labels: the run's seed is that of the replicate, whatever else differs.
  local seed = options.seed == nil and native.run_seed() or options.seed
  if noise.changes_inputs(labels) then
    native.fail(owner_of(labels) .. " changes inputs, which with_labels leaves as they are: write "
      .. "data:with_noise(noise, { seed = 1 })")
  end
  local noisy = noisy_labels(native_set, labels, seed)
  local record = noise.describe(labels, native_set:classes(), seed, native_set:class_names())
  record.before = inputs_of(records[set])
  return wrap(native.data_given(native_set, noisy, record,
    { ignore = label_options("with_labels", options).ignore or native_set:true_ignore() }), record)
end

declare.call("data:with_noise", {
  class = "nightjar.Dataset",
  doc = "The same samples after a noise model that changes inputs, labels or both, and a mask of the samples whose "
    .. "inputs it changed. What is drawn is drawn once, here, so that every epoch and every loss sees the same. True "
    .. "labels stay beside; labels given before are kept where the model changes inputs alone.",
  parameters = { { "noise", "nightjar.Noise" } },
  options = { { "seed", "integer", "the same seed gives the same noise", default_text = "the run's" } },
  returns = "nightjar.Dataset, nightjar.Tensor",
  example = [[
local data = nj.data.load("digits").train:first(100)
local noisy, changed = data:with_noise(nj.noise.rand_x { fraction = 0.3, count = "exact" }, { seed = 1 })
changed:int():sum(), noisy:noise_rate() --> 30, 0]],
})

-- The same data set with other inputs and the labels that it came with.
local function with_inputs(native_set, inputs)
  local sets = {}
  for _, name in ipairs(native_set:label_sets()) do
    sets[name] = native_set:label_set(name)
  end
  local words, rank = native.true_kind(native_set)
  return native.data_from_tensors(native_set:summary():match("^data set '(.-)': %d") or "tensors", inputs,
    native_set:true_labels(), words == nil and native_set:classes() or nil,
    { ignore = native_set:true_ignore(), class_names = words == nil and rank == 1 and native_set:class_names() or nil },
    sets)
end

function functions.with_noise(set, model, options)
  local native_set = known[set]
  if native_set == nil then
    native.fail("'with_noise' is called with a colon: data:with_noise(noise, { seed = 1 })")
  end
  refuse_name("with_noise", model)
  if type(model) ~= "table" or type(model.apply) ~= "function" or not rawget(model, "definition") then
    native.fail("with_noise takes a noise model, for example nj.noise.uniform { rate = 0.4 }, got "
      .. definitions.describe(model))
  end
  local given = params.options("with_noise", options, {
    { "seed", "integer", "", range = { type = "integer" }, default = native.run_seed() },
  })
  if not noise.changes_inputs(model) then
    local count = native_set:count()
    return functions.with_labels(set, model, given), nj.zeros({ count }, { dtype = "bool" })
  end
  local words, rank = native.true_kind(native_set)
  local has_classes = words == nil and rank == 1 and native_set:true_keep() == nil
  local inputs, mask = model:inputs(native_set:inputs(), {
    seed = given.seed, names = has_classes and native_set:class_names() or nil,
    labels = has_classes and native_set:true_labels() or nil, classes = has_classes and native_set:classes() or nil,
  })
  local changed = with_inputs(native_set, inputs)
  local labels, before = native_set:labels(), records[set]
  if rawget(model, "definition").apply then
    labels, before = noisy_labels(native_set, model, given.seed), inputs_of(before)
  end
  local record = noise.describe(model, native_set:classes(), given.seed, native_set:class_names())
  record.before = before
  return wrap(native.data_given(changed, labels, record,
    { ignore = native_set:true_ignore(), kind = native_set:label_kind() }), record), mask
end

local room = { wrap = wrap, known = known, records = records }
part "data_parts".add(functions, data, room)
part "data_files".add(data, room)

-- A message then knows the script's line, also of `return data:count()`.
for name, f in pairs(functions) do
  functions[name] = native.expose(f)
end

-- Loops over a data set would end at once, or raise what nobody understands.
local function refuse_loop()
  native.fail("a data set is not looped over: data:inputs() and data:labels() are tensors of all, and the trainer "
    .. "makes the batches: write trainer:fit(data, { epochs = 1 })")
end

Part.__pairs, Part.__call = native.expose(refuse_loop), native.expose(refuse_loop)

function Part.__index(_, name)
  local f = functions[name]
  if type(name) == "number" then
    native.fail("a data set is not indexed with []: data:inputs() and data:labels() are tensors of all, "
      .. "data:first(count) is a part")
  elseif f == nil then
    local names = {}
    for known_name in pairs(functions) do
      names[#names + 1] = known_name
    end
    table.sort(names)
    native.fail("a data set has no '" .. tostring(name) .. "'" .. params.suggestion(tostring(name), names, "data set"))
  end
  return f
end

function Part.__newindex(_, name)
  native.fail("a data set does not change: '" .. tostring(name) .. "' cannot be set")
end

function Part.__len(set)
  return known[set]:count()
end

function Part.__tostring(set)
  return known[set]:summary()
end

local Bundle = {}

function Bundle.__index(bundle, name)
  local names = {}
  for field in pairs(bundle) do
    names[#names + 1] = field
  end
  table.sort(names)
  native.fail("data set '" .. rawget(bundle, "name") .. "' has no '" .. tostring(name) .. "'"
    .. params.suggestion(tostring(name), names, "data") .. "\n  it has " .. table.concat(names, ", "))
end

function Bundle.__tostring(bundle)
  return string.format("data set '%s': %d samples to train on, %d to test on, of shape (%s) in %d classes",
    rawget(bundle, "name"), #rawget(bundle, "train"), #rawget(bundle, "test"),
    table.concat(rawget(bundle, "shape"), ", "), rawget(bundle, "classes"))
end

declare.class("nightjar.DataBundle", {
  doc = "A data set with its parts and what is known of it.",
  fields = {
    { "train", "nightjar.Dataset", "what to train on" },
    { "test", "nightjar.Dataset", "what to test on" },
    { "classes", "integer", "how many classes there are" },
    { "class_names", "string[]", "in order" },
    { "features", "integer", "numbers a sample" },
    { "shape", "integer[]", "of one sample" },
    { "name", "string", "as it was asked for" },
    { "credit", "string", "whom to thank" },
    { "license", "string", "of the data" },
    { "notes", "string[]", "what to know before using it" },
  },
})

declare.call("nj.data.load", {
  doc = "Loads a data set by name.",
  parameters = { { "name", "string" } },
  returns = "nightjar.DataBundle",
  example = "nj.data.load(\"digits\").classes --> 10",
})

function data.load(name)
  local bundle = native.data_load(name)
  bundle.train, bundle.test = wrap(bundle.train), wrap(bundle.test)
  return setmetatable(bundle, Bundle)
end

declare.call("nj.data.names", { doc = "The names of the data sets that can be loaded.", returns = "string[]" })

function data.names()
  return native.data_names()
end

local fields_of_tensors, needed = declare.fields("nightjar.DatasetFields", "What nj.data.from_tensors takes.", {
  { "inputs", "tensor", "the sample is the first dimension", annotation = "nightjar.Tensor" },
  { "labels", "tensor", "from 1 to the number of classes, one a sample or (for dense labels) one for each of its "
    .. "places; rows of probabilities; or 0 and 1 for every logit", annotation = "nightjar.Tensor" },
  { "classes", "integer", "how many classes there are; needed where labels are classes", optional = true,
    annotation = "integer" },
  { "kind", "string", kind_doc .. "; by default " .. kind_default, optional = true,
    annotation = "\"classes\"|\"soft\"|\"binary\"" },
  { "ignore", "number", "the label that stands for none: what has it is left out of training and metrics; rows of "
    .. "zeros where labels are soft", optional = true, annotation = "integer" },
  { "name", "string", "what files call it", optional = true },
  { "class_names", "table", "one text a class, in order (default \"0\", \"1\", ...)", optional = true,
    annotation = "string[]" },
  { "label_sets", "table", "further labels of the same samples by name, each { labels = ..., classes = ..., kind = "
    .. "..., ignore = ... }: a loss gets them as batch.label_sets.name; metrics and records are about the first labels",
    optional = true, annotation = "table<string, { labels: nightjar.Tensor, classes: integer?, kind: string?, "
      .. "ignore: integer? }>" },
})

declare.call("nj.data.from_tensors", {
  doc = "A data set of a script's own.",
  parameters = { { "fields", "nightjar.DatasetFields" } },
  returns = "nightjar.Dataset",
  example = [[
local labels = nj.tensor({ 1, 2 }, { dtype = "int32" })
nj.data.from_tensors { inputs = nj.eye(2), labels = labels, classes = 2 }:count() --> 2]],
})

-- Data sets of the further labels, by name; they are read as the labels themselves are.
local function read_sets(name, inputs, given)
  if given == nil then
    return nil
  end
  local sets = {}
  for set, facts in pairs(given) do
    local owner = "label set '" .. tostring(set) .. "' of data set '" .. name .. "'"
    if type(set) ~= "string" or not set:find("^[%a_][%w_]*$") then
      native.fail("'label_sets' of data set '" .. name .. "' goes by names, letters, digits and _, as in { color = "
        .. "{ labels = y, classes = 3 } }, got " .. params.show(set))
    elseif type(facts) ~= "table" or nj.is_tensor(facts) then
      native.fail(owner .. " is a table such as { labels = y, classes = 3 }, got " .. params.a_kind(facts))
    end
    params.check_names(owner, facts, { "labels", "classes", "kind", "ignore" }, "field")
    if not nj.is_tensor(facts.labels) then
      native.fail(owner .. " needs labels as a tensor, got " .. params.a_kind(facts.labels))
    end
    sets[set] = known[data.from_tensors { inputs = inputs, labels = facts.labels, classes = facts.classes,
      kind = facts.kind, ignore = facts.ignore, name = name .. "." .. set }]
  end
  return sets
end

-- Names of classes as a script gives them: one text each.
local function class_names_of(name, fields)
  local names = fields.class_names
  if names and fields.classes and rawlen(names) ~= fields.classes then
    native.fail(string.format("data set '%s' has %s classes and %d class names", name, params.show(fields.classes),
      rawlen(names)))
  end
  return params.class_names("'class_names' of data set '" .. name .. "'", names)
end

function data.from_tensors(fields)
  params.check_fields("nj.data.from_tensors", "a data set", fields, fields_of_tensors, needed)
  local name = fields.name or "tensors"
  local options = label_options("data set '" .. name .. "'", fields)
  if fields.classes == nil and nj.is_tensor(fields.labels) and (options.kind == "classes"
      or options.kind == nil and fields.labels:dtype() ~= "bool"
        and not (fields.labels:rank() > 1 and fields.labels:dtype():find("^float"))) then
    native.fail("data set '" .. name .. "' needs 'classes': how many there are, for example classes = 10")
  end
  options.class_names = class_names_of(name, fields)
  return wrap(native.data_from_tensors(name, fields.inputs, fields.labels, fields.classes, options,
    read_sets(name, fields.inputs, fields.label_sets)))
end

for name, f in pairs(data) do
  data[name] = native.expose(collection.checked("nj.data." .. name, f))
end

local data_names = params.names_of(data)

nj.data = setmetatable({}, {
  __index = function(_, name)
    if data[name] == nil then
      native.fail("nj.data has no '" .. tostring(name) .. "'"
        .. params.suggestion(tostring(name), data_names, "nj.data"))
    end
    return data[name]
  end,
  __newindex = function(_, name)
    native.fail("nj.data belongs to Nightjar: '" .. tostring(name) .. "' cannot be set in it")
  end,
  __tostring = function()
    return "nj.data: " .. table.concat(data_names, ", ")
  end,
  __metatable = false,
})

--- The native data set behind a value, or nil.
function definitions.native_data(value)
  return known[value]
end

return true
