-- nj.data: data sets with their parts, and other labels for them.
local part = ...
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

--- The first samples, at most so many.
function functions.first(set, count)
  return wrap(known[set]:first(count))
end

--- The same samples with other labels, for training: those of a noise model, or a tensor of labels.
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
  local noisy = labels:apply(native_set:true_labels(), {
    classes = native_set:classes(), names = native_set:class_names(), seed = options.seed,
  })
  return wrap(native.data_given(native_set, noisy))
end

function Part.__index(_, name)
  local f = functions[name]
  if f == nil then
    local names = {}
    for known_name in pairs(functions) do
      names[#names + 1] = known_name
    end
    table.sort(names)
    native.fail("a data set has no '" .. tostring(name) .. "'" .. params.suggestion(tostring(name), names))
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
    .. params.suggestion(tostring(name), names) .. "\n  it has " .. table.concat(names, ", "))
end

--- Loads a data set by name: its parts `train` and `test`, and `classes`, `features`, `shape`, `name`.
function data.load(name)
  if type(name) ~= "string" then
    native.fail("nj.data.load expects the name of a data set, got a " .. type(name))
  end
  local bundle = native.data_load(name)
  bundle.train, bundle.test = wrap(bundle.train), wrap(bundle.test)
  return setmetatable(bundle, Bundle)
end

--- The names of the data sets that can be loaded.
function data.names()
  return native.data_names()
end

--- A data set of a script's own: inputs with the sample as first dimension, labels from 1 to `classes`.
function data.from_tensors(fields)
  if type(fields) ~= "table" then
    native.fail("nj.data.from_tensors expects { inputs = ..., labels = ..., classes = ... }")
  end
  return wrap(native.data_from_tensors(fields.name or "tensors", fields.inputs, fields.labels, fields.classes))
end

nj.data = setmetatable({}, {
  __index = function(_, name)
    if data[name] == nil then
      native.fail("nj.data has no '" .. tostring(name) .. "'"
        .. params.suggestion(tostring(name), { "load", "names", "from_tensors" }))
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
