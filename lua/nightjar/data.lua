-- nj.data: data sets with their parts, and other labels for them.
local part = ...
local collection = part "declare"
local declare = collection "Data"
local definitions = part "definitions"
local params = part "params"

local data = {}
local Part = {}
local known = setmetatable({}, { __mode = "k" })

local methods = { "count", "classes", "class_names", "labels", "true_labels", "noise_rate", "inputs" }

-- Wraps a native data set.
local function wrap(native_set)
  local set = setmetatable({}, Part)
  known[set] = native_set
  return set
end

local functions = {}
for _, name in ipairs(methods) do
  functions[name] = function(set)
    local native_set = known[set]
    if native_set == nil then
      native.fail("'" .. name .. "' is called with a colon: data:" .. name .. "()")
    end
    return native_set[name](native_set)
  end
end

declare.class("nightjar.Dataset", {
  doc = "Samples with the labels given for training and, beside them, the true ones. #data is their number.",
  operators = { "len: integer" },
})

function functions.first(set, count)
  return wrap(known[set]:first(count))
end

declare.call("data:with_labels", {
  class = "nightjar.Dataset",
  doc = "The same samples with other labels for training: those of a noise model, or a tensor of labels. The true ones "
    .. "stay beside.",
  parameters = { { "labels", "nightjar.Noise|nightjar.Tensor" } },
  options = { { "seed", "integer", "of the noise", default_text = "the run's" } },
  returns = "nightjar.Dataset",
  example = [[
local data = nj.data.load("digits").train:first(100)
data:with_labels(nj.noise.uniform { rate = 0.4, count = "exact" }, { seed = 1 }):noise_rate() --> 0.4]],
})

function functions.with_labels(set, labels, options)
  local native_set = known[set]
  if native_set == nil then
    native.fail("'with_labels' is called with a colon: data:with_labels(noise, { seed = 1 })")
  end
  if nj.is_tensor(labels) then
    return wrap(native.data_given(native_set, labels))
  end
  if type(labels) ~= "table" or type(labels.apply) ~= "function" then
    native.fail("with_labels takes a noise model, for example nj.noise.uniform { rate = 0.4 }, or a tensor of labels; "
      .. "got a "
      .. type(labels))
  end
  options = options or {}
  for name in pairs(options) do
    if name ~= "seed" then
      native.fail("with_labels has no option '" .. tostring(name) .. "'"
        .. params.suggestion(tostring(name), { "seed" }))
    end
  end
  -- What is compared sees the same wrong labels: the run's seed is that of the replicate, whatever else differs.
  local seed = options.seed == nil and native.run_seed() or options.seed
  local noisy = labels:apply(native_set:true_labels(), {
    classes = native_set:classes(), names = native_set:class_names(), seed = seed,
    -- Made when a model asks for them.
    features = function() return native_set:inputs() end,
  })
  return wrap(native.data_given(native_set, noisy, part "noise".describe(labels, native_set:classes(), seed)))
end

-- A message then knows the script's line, also of `return data:count()`.
for name, f in pairs(functions) do
  functions[name] = native.expose(f)
end

function Part.__index(_, name)
  local f = functions[name]
  if f == nil then
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
  return string.format("data set of %d samples in %d classes", known[set]:count(), known[set]:classes())
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
  { "inputs", "any", "the sample is the first dimension", annotation = "nightjar.Tensor" },
  { "labels", "any", "int32, from 1 to the number of classes", annotation = "nightjar.Tensor" },
  { "classes", "number", "how many classes there are", annotation = "integer" },
  { "name", "string", "what files call it", optional = true },
})

declare.call("nj.data.from_tensors", {
  doc = "A data set of a script's own.",
  parameters = { { "fields", "nightjar.DatasetFields" } },
  returns = "nightjar.Dataset",
  example = [[
local labels = nj.tensor({ 1, 2 }, { dtype = "int32" })
nj.data.from_tensors { inputs = nj.eye(2), labels = labels, classes = 2 }:count() --> 2]],
})

function data.from_tensors(fields)
  params.check_fields("nj.data.from_tensors", "a data set", fields, fields_of_tensors, needed)
  return wrap(native.data_from_tensors(fields.name or "tensors", fields.inputs, fields.labels, fields.classes))
end

for name, f in pairs(data) do
  data[name] = native.expose(collection.checked("nj.data." .. name, f))
end

nj.data = setmetatable({}, {
  __index = function(_, name)
    if data[name] == nil then
      native.fail("nj.data has no '" .. tostring(name) .. "'"
        .. params.suggestion(tostring(name), { "load", "names", "from_tensors" }, "nj.data"))
    end
    return data[name]
  end,
  __newindex = function(_, name)
    native.fail("nj.data belongs to Nightjar: '" .. tostring(name) .. "' cannot be set in it")
  end,
  __metatable = false,
})

--- The native data set behind a value, or nil.
function definitions.native_data(value)
  return known[value]
end

return true
