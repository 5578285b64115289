-- nj.noise: models of noise in labels, in inputs, or in both. nj.noise { ... } defines one, nj.noise.uniform finds one.
local part = ...
local declare = part "declare" "Label noise"
local definitions = part "definitions"
local random = part "random"
local params = part "params"
local transitions = part "transitions"

local Noise = {}

local known_fields, required = declare.fields("nightjar.NoiseFields", "What nj.noise takes.", {
  { "name", "string", "what messages, files and tables call the model" },
  { "doc", "string", "one line", optional = true },
  definitions.params_field,
  { "apply", "function", "apply(self, labels, ctx) returns noisy labels, a tensor or a list; without it they are drawn "
    .. "from the matrix, and labels of a model that changes inputs stay",
    optional = true,
    annotation = "fun(self: table, labels: nightjar.Tensor, ctx: nightjar.NoiseContext): nightjar.Tensor|integer[]" },
  { "inputs", "function", "inputs(self, inputs, ctx) returns changed inputs of the same shape and, where not all are "
    .. "changed, a mask of those that are; without it inputs stay", optional = true,
    annotation = "fun(self: table, inputs: nightjar.Tensor, ctx: nightjar.NoiseContext): nightjar.Tensor, "
      .. "nightjar.Tensor?" },
  { "matrix", "function", "matrix(self, classes, names) returns the transition matrix, as rows or as a tensor",
    optional = true,
    annotation = "fun(self: table, classes: integer, names?: string[]): number[][]|nightjar.Tensor" },
  { "classes", "integer", "how many classes data must have, for a model that is about certain ones", optional = true },
  { "caution", "function", "caution(self, classes, names) returns what is to be known of this noise before its results "
    .. "are believed, or nil; it is said once. What follows from the matrix is said without it", optional = true,
    annotation = "fun(self: table, classes: integer, names?: string[]): string?" },
  { "example", "table", "parameters with which nightjar check makes one", optional = true,
    annotation = "table<string, any>" },
  { "check", "function",
    "check(self, classes, names) returns what is wrong with parameters that do not go together, or with so many "
    .. "classes of these names, or nil; classes and names are nil when the object is made", optional = true,
    annotation = "fun(self: table, classes?: integer, names?: string[]): string?" },
})

declare.class("nightjar.NoiseContext", {
  doc = "What a noise model may use.",
  fields = {
    { "classes", "integer", "how many classes there are; nil for inputs that come without labels", optional = true },
    { "count", "integer", "how many samples there are" },
    { "seed", "integer", "the seed of the noise" },
    { "random", "nightjar.RandomStream", "a stream of its own; another one for labels than for inputs" },
    { "names", "string[]", "the names of the classes", optional = true },
    { "ids", "nightjar.Tensor", "int32, the position of each sample in its data set" },
    { "features", "nightjar.Tensor", "for `apply`: the inputs, one entry a sample, for noise that depends on them",
      optional = true },
    { "labels", "nightjar.Tensor", "for `inputs`: the true labels", optional = true },
  },
})

declare.class("nightjar.Noise", { doc = "A model of noise with its parameters." })

local kind = {
  word = "noise model", maker = "noise", registry = "noise", axis = "noise", class = "nightjar.Noise",
  doc = "Noise models", fields = known_fields, required = required, fields_class = "nightjar.NoiseFields",
  check = "check/noise", scaffold = "noise",
  begin = function(fields)
    if type(fields.name) == "string" and fields.apply == nil and fields.inputs == nil and fields.matrix == nil then
      native.fail("noise model '" .. fields.name
        .. "' needs 'apply', which changes labels, 'matrix', which they are drawn from, or 'inputs'")
    end
  end,
}

function kind.make(definition, values)
  return definitions.check(definition, definitions.object(Noise, definition, values))
end

function Noise.__index(self, field)
  if Noise[field] ~= nil then
    return Noise[field]
  end
  return definitions.unknown_field(self, field)
end

function Noise.__newindex(self, field)
  native.fail(rawget(self, "definition").owner .. " does not change: '" .. tostring(field) .. "' cannot be set")
end

function Noise.__call(self)
  native.fail(rawget(self, "definition").owner .. " is not called: its method changes labels, as in "
    .. "noise:apply(labels, { classes = 10, seed = 1 }), and a data set takes it: "
    .. "data:with_labels(noise, { seed = 1 })")
end

function Noise.__tostring(self)
  return rawget(self, "definition").owner
end

-- The options of a method, with names that are known alone.
local function options_of(owner, method, given, known)
  given = given or {}
  if type(given) ~= "table" or nj.is_tensor(given) then
    native.fail(owner .. ": " .. method .. " expects a table of options, for example { seed = 1 }, got "
      .. params.a_kind(given))
  end
  for name in pairs(given) do
    local found = false
    for _, candidate in ipairs(known) do
      found = found or candidate == name
    end
    if not found then
      native.fail(owner .. ": " .. method .. " has no option '" .. tostring(name) .. "'"
        .. params.suggestion(tostring(name), known))
    end
  end
  return given
end

local function seed_of(owner, method, options)
  if options.seed == nil then
    return native.run_seed()
  end
  return params.checked("'seed' of " .. method .. " of " .. owner, { type = "integer" }, options.seed)
end

-- How many classes labels are of, with the labels themselves looked at.
local function classes_of(owner, method, labels, given)
  local classes = given
  if classes == nil then
    local largest = labels:numel() > 0 and labels:max():item() or 0
    classes = math.tointeger(largest) or largest
  end
  classes = params.checked("'classes' of " .. method .. " of " .. owner, { type = "integer", min = 2, max = 1 << 24 },
    classes)
  local fault = native.label_fault(labels, classes)
  if fault then
    native.fail(owner .. ": " .. fault)
  end
  return classes
end

-- The names of the classes as a method was given them.
local function names_of(owner, method, names, classes)
  return params.class_names("'names' of " .. method .. " of " .. owner, names, classes)
end

-- Refuses data whose classes are not those that a model is about.
local function check_classes(self, classes, names)
  local definition = rawget(self, "definition")
  if definition.classes and classes ~= definition.classes then
    native.fail(string.format("%s is for data of %d classes, got %d", definition.owner, definition.classes, classes))
  end
  definitions.check(definition, self, classes, names)
end

local function context(count, names, seed, purpose)
  return {
    seed = seed, names = names, count = count, random = random.stream(seed, purpose),
    ids = nj.arange(1, count + 1):int(),
  }
end

local function label_context(owner, labels, options)
  if not nj.is_tensor(labels) or labels:rank() ~= 1 then
    native.fail(owner .. " applies to a tensor of labels, one a sample, from 1 to the number of classes")
  end
  options = options_of(owner, "apply", options, { "classes", "seed", "features", "names" })
  local seed = seed_of(owner, "apply", options)
  local classes = classes_of(owner, "apply", labels, options.classes)
  local ctx = context(labels:numel(), names_of(owner, "apply", options.names, classes), seed, "noise")
  ctx.classes = classes
  local features = options.features
  if type(features) ~= "function" then
    if features ~= nil and not (nj.is_tensor(features) and features:rank() > 0
      and features:size(1) == labels:numel()) then
      native.fail(string.format("'features' of apply of %s must be a tensor of %d samples, got %s", owner,
        labels:numel(), nj.is_tensor(features) and "shape (" .. table.concat(features:shape(), ", ") .. ")"
          or params.a_kind(features)))
    end
    ctx.features = features
    return ctx
  end
  -- Inputs are made ready when they are asked for, and once.
  return setmetatable(ctx, {
    __index = function(self, name)
      if name == "features" then
        local made = features()
        rawset(self, "features", made)
        return made
      end
    end,
    __metatable = false,
  })
end

-- ---- What is to be known before results are believed ----------------------------------------------------------------

local most_classes_shown = 100

local function class_name(names, class)
  return names and names[class] and "'" .. names[class] .. "'" or tostring(class)
end

-- Where a wrong class is given as often as the true one, the labels do not say any more which is which: the condition
-- rate < (K - 1) / K of symmetric noise (Patel and Sastry 2021, Theorem 1) and rate < 1/2 of noise by pairs.
local function bound_passed(rows, names)
  for i, row in ipairs(rows) do
    local other = i == 1 and 2 or 1
    for j, p in ipairs(row) do
      other = j ~= i and p > row[other] and j or other
    end
    if row[other] >= row[i] - 1e-12 then
      return string.format("class %s is given as %s with probability %.4g and as itself with %.4g: results on "
        .. "robustness, such as Theorem 1 of Patel and Sastry (2021), need the true class to be the most frequent "
        .. "(symmetric noise: a rate below (K - 1) / K; noise by pairs: below 0.5)", class_name(names, i),
        class_name(names, other), row[other], row[i])
    end
  end
end

local function matrix_or_nil(definition, noise, classes, names)
  if definition.matrix and classes <= most_classes_shown then
    local fits, rows = pcall(definition.matrix, noise, classes, names)
    if not fits or type(rows) ~= "table" and not nj.is_tensor(rows) then
      return nil
    end
    local clean, fault = transitions.rows(rows, classes)
    if clean == nil then
      native.fail("matrix of " .. definition.owner .. ": " .. fault)
    end
    return clean
  end
end

declare.call("noise:cautions", {
  class = "nightjar.Noise",
  doc = "What is to be known before results with this noise are believed, as a list of sentences: that a bound of the "
    .. "theory is passed, and what the model itself has to say. Drawing labels says them once.",
  parameters = { { "classes", "integer" }, { "names", "string[]", "of the classes", optional = true } },
  returns = "string[]",
  example = "#nj.noise.uniform { rate = 0.8 }:cautions(10), #nj.noise.uniform { rate = 0.9 }:cautions(10) --> 0, 1",
})

function Noise.cautions(self, classes, names)
  local definition = rawget(self, "definition")
  classes = params.checked("'classes' of cautions of " .. definition.owner, { type = "integer", min = 2 }, classes)
  names = names_of(definition.owner, "cautions", names, classes)
  local rows, list = matrix_or_nil(definition, self, classes, names), {}
  list[#list + 1] = rows and bound_passed(rows, names)
  local own = definition.caution and definition.caution(self, classes, names)
  if own ~= nil and type(own) ~= "string" then
    native.fail("caution of " .. definition.owner .. " must return a text or nil, it returned " .. params.a_kind(own))
  end
  list[#list + 1] = own
  return list
end

local function say_cautions(self, classes, names)
  for _, text in ipairs(Noise.cautions(self, classes, names)) do
    native.note(rawget(self, "definition").owner .. ": " .. text)
  end
end

declare.call("noise:apply", {
  class = "nightjar.Noise",
  doc = "Noisy labels for true ones; the true ones stay as they are.",
  parameters = {
    { "labels", "nightjar.Tensor", "from 1 to the number of classes" },
  },
  options = {
    { "seed", "integer", "the same seed gives the same noise", default_text = "the run's" },
    { "classes", "integer", "how many classes there are", default_text = "the largest label" },
    { "names", "string[]", "the names of the classes", default_text = "nil" },
    { "features", "nightjar.Tensor", "for noise that depends on them", default_text = "nil" },
  },
  returns = "tensor",
  example = [[
local labels = nj.tensor({ 1, 2, 3, 1, 2, 3 }, { dtype = "int32" })
nj.noise.uniform { rate = 0.5 }:apply(labels, { classes = 3, seed = 7 }) --> {1, 1, 1, 2, 2, 3}]],
})

function Noise.apply(self, labels, options)
  local definition = rawget(self, "definition")
  local owner = definition.owner
  local ctx = label_context(owner, labels, options)
  -- What a model does to its context changes none of what its answer is held to.
  local count, classes = ctx.count, ctx.classes
  check_classes(self, classes, ctx.names)
  if definition.apply == nil and (definition.matrix == nil or definition.inputs) then
    return labels:int():copy()
  end
  say_cautions(self, classes, ctx.names)
  local result
  if definition.apply then
    result = definition.apply(self, labels:int(), ctx)
  else
    result = nj.noise.draw(labels:int(), self:matrix(classes, ctx.names), ctx)
  end
  if type(result) == "table" and not nj.is_tensor(result) then
    -- Not as int32: a number that is no whole one is to be seen.
    result = nj.tensor(result, { dtype = "float64" })
  elseif not nj.is_tensor(result) then
    native.fail("apply of " .. owner .. " must return labels, it returned "
      .. (result == nil and "nothing: did it forget 'return'?" or "a " .. type(result)))
  end
  if result:rank() ~= 1 or result:size(1) ~= count then
    native.fail(string.format("apply of %s got %d labels and returned shape (%s)", owner, count,
      table.concat(result:shape(), ", ")))
  end
  local fault = native.label_fault(result, classes)
  if fault then
    native.fail("apply of " .. owner .. " returned a wrong label: " .. fault)
  end
  result = result:int():copy()
  return result
end

declare.call("noise:inputs", {
  class = "nightjar.Noise",
  doc = "Inputs as this noise leaves them, in the same shape, and a mask of the samples that it changed. Sample i of "
    .. "the same count, shape and seed always becomes the same. A model of label noise leaves all as they are.",
  parameters = { { "inputs", "nightjar.Tensor", "one entry a sample, float32 or float64" } },
  options = {
    { "seed", "integer", "the same seed gives the same noise", default_text = "the run's" },
    { "labels", "nightjar.Tensor", "the true ones, from 1, for noise that depends on them", default_text = "nil" },
    { "classes", "integer", "how many classes there are", default_text = "the largest label" },
    { "names", "string[]", "the names of the classes", default_text = "nil" },
  },
  returns = "nightjar.Tensor, nightjar.Tensor",
  example = [[
local images = nj.tensor { { 1, 2 }, { 3, 4 } }
local changed, mask = nj.noise.additive_gaussian { deviation = 0 }:inputs(images, { seed = 1 })
changed --> {{1, 2}, {3, 4}}]],
})

function Noise.inputs(self, inputs, options)
  local definition = rawget(self, "definition")
  local owner = definition.owner
  if not nj.is_tensor(inputs) or inputs:rank() < 2 or not inputs:dtype():find("^float") then
    native.fail(owner .. " changes a tensor of inputs, float32 or float64, one entry a sample, got "
      .. (nj.is_tensor(inputs) and string.format("shape (%s) of %s", table.concat(inputs:shape(), ", "), inputs:dtype())
        or params.a_kind(inputs)))
  end
  if inputs:numel() == 0 then
    native.fail(string.format("%s changes inputs, and a tensor of shape (%s) has none", owner,
      table.concat(inputs:shape(), ", ")))
  end
  options = options_of(owner, "inputs", options, { "classes", "seed", "labels", "names" })
  local count, labels = inputs:size(1), options.labels
  local classes
  if labels ~= nil then
    if not nj.is_tensor(labels) or labels:rank() ~= 1 or labels:size(1) ~= count then
      native.fail(string.format("'labels' of inputs of %s must be a tensor of %d labels, got %s", owner, count,
        nj.is_tensor(labels) and "shape (" .. table.concat(labels:shape(), ", ") .. ")" or params.a_kind(labels)))
    end
    classes = classes_of(owner, "inputs", labels, options.classes)
  end
  local ctx = context(count, names_of(owner, "inputs", options.names, classes), seed_of(owner, "inputs", options),
    "input noise")
  if classes then
    ctx.labels, ctx.classes = labels:int(), classes
    check_classes(self, classes, ctx.names)
  end
  if definition.inputs == nil then
    return inputs:copy(), nj.zeros({ ctx.count }, { dtype = "bool" })
  end
  local result, mask = definition.inputs(self, inputs, ctx)
  if not nj.is_tensor(result) then
    native.fail("inputs of " .. owner .. " must return inputs, it returned "
      .. (result == nil and "nothing: did it forget 'return'?" or params.a_kind(result)))
  elseif table.concat(result:shape(), ", ") ~= table.concat(inputs:shape(), ", ")
    or result:dtype() ~= inputs:dtype() then
    native.fail(string.format("inputs of %s got shape (%s) of %s and returned (%s) of %s", owner,
      table.concat(inputs:shape(), ", "), inputs:dtype(), table.concat(result:shape(), ", "), result:dtype()))
  elseif mask ~= nil and not (nj.is_tensor(mask) and mask:rank() == 1 and mask:size(1) == count
    and mask:dtype() == "bool") then
    native.fail(string.format("inputs of %s must return as its second value a mask of %d samples, got %s", owner,
      count, nj.is_tensor(mask) and string.format("shape (%s) of %s", table.concat(mask:shape(), ", "),
        mask:dtype()) or params.a_kind(mask)))
  end
  return result:copy(), (mask or nj.ones({ count }, { dtype = "bool" })):copy()
end

declare.call("noise:matrix", {
  class = "nightjar.Noise",
  doc = "The transition matrix as rows, T[i][j] = P(noisy = j | true = i), where the model has one.",
  parameters = { { "classes", "integer", "from 2 to 10000" },
    { "names", "string[]", "of the classes, for a model that goes by names", optional = true } },
  returns = "number[][]",
  example = "nj.noise.uniform { rate = 0.5 }:matrix(2) --> {{0.5, 0.5}, {0.5, 0.5}}",
})

function Noise.matrix(self, classes, names)
  local definition = rawget(self, "definition")
  if definition.matrix == nil then
    native.fail(definition.owner .. " has no transition matrix")
  end
  classes = params.checked("'classes' of matrix of " .. definition.owner,
    { type = "integer", min = 2, max = transitions.most_rows }, classes)
  names = names_of(definition.owner, "matrix", names, classes)
  check_classes(self, classes, names)
  local rows, fault = transitions.rows(definition.matrix(self, classes, names), classes)
  if rows == nil then
    native.fail("matrix of " .. definition.owner .. ": " .. (fault or "it returned nothing"))
  end
  return rows
end

definitions.expose(Noise)
kind.methods = { apply = true, matrix = true, inputs = true, cautions = true }

local helpers = {}

local function rows_of(owner, matrix, classes)
  local rows, fault = transitions.rows(matrix, classes)
  if fault then
    native.fail(owner .. ": " .. fault)
  end
  return rows
end

declare.call("nj.noise.draw", {
  doc = "Draws a label for each true one from the rows of a matrix.",
  parameters = {
    { "labels", "nightjar.Tensor" }, { "rows", "number[][]|nightjar.Tensor" }, { "ctx", "nightjar.NoiseContext" },
  },
  returns = "integer[]",
})

function helpers.draw(labels, rows, ctx)
  if type(ctx) ~= "table" or math.type(ctx.classes) ~= "integer" or ctx.random == nil then
    native.fail("nj.noise.draw takes labels, the rows of a matrix, and the third argument of apply, which has classes, "
      .. "count and random")
  end
  rows = rows_of("nj.noise.draw", rows, ctx.classes)
  local fault = native.label_fault(labels, ctx.classes)
  if fault then
    native.fail("nj.noise.draw: " .. fault)
  end
  local cumulated = {}
  for i, row in ipairs(rows) do
    cumulated[i] = {}
    local sum = 0
    for j = 1, ctx.classes - 1 do
      sum = sum + row[j]
      cumulated[i][j] = sum
    end
  end
  local truth, draws = labels:totable(), ctx.random:uniform(ctx.count):totable()
  local result = {}
  for i = 1, ctx.count do
    local thresholds, j = cumulated[truth[i]], 1
    while j < ctx.classes and draws[i] >= thresholds[j] do
      j = j + 1
    end
    result[i] = j
  end
  return result
end

declare.call("nj.noise.check_matrix", {
  doc = "Fails unless rows is a matrix of probabilities whose rows sum to 1, within the rounding of float32. Returns "
    .. "them as lists of numbers.",
  parameters = {
    { "owner", "string", "what the message calls the model" },
    { "rows", "number[][]|nightjar.Tensor|nightjar.Noise" }, { "classes", "integer" },
  },
  returns = "number[][]",
})

helpers.check_matrix = rows_of

declare.call("nj.noise.rows", {
  doc = "The rows of a matrix as lists of numbers, or nil and what is wrong with it: for `check` of a definition. "
    .. "Without classes the matrix says how many there are.",
  parameters = {
    { "matrix", "number[][]|nightjar.Tensor|nightjar.Noise" }, { "classes", "integer", optional = true },
  },
  returns = "number[][]?, string?",
})

helpers.rows = transitions.rows

declare.call("nj.noise.inverse", {
  doc = "The inverse of a matrix as a float64 tensor, or nil and why there is none: also where the rows are so near to "
    .. "depending on each other that the inverse turns the rounding of float32 into numbers of size 1.",
  parameters = {
    { "matrix", "number[][]|nightjar.Tensor|nightjar.Noise" }, { "classes", "integer", optional = true },
  },
  returns = "nightjar.Tensor?, string?",
})

helpers.inverse = transitions.inverse

declare.call("nj.noise.realised", {
  doc = "What noise came to: the shares of given labels by true class, T[i][j] = share of class i that was given as j "
    .. "(a row of a class without samples is nan), the share of wrong labels, and a mask of them.",
  parameters = {
    { "labels", "nightjar.Tensor", "the true ones" }, { "noisy", "nightjar.Tensor", "those given" },
    { "classes", "integer" },
  },
  returns = "number[][], number, nightjar.Tensor",
  example = [[
local truth = nj.tensor({ 1, 1, 2, 2 }, { dtype = "int32" })
local matrix, rate = nj.noise.realised(truth, nj.tensor({ 1, 2, 2, 2 }, { dtype = "int32" }), 2)
matrix, rate --> {{0.5, 0.5}, {0, 1}}, 0.25]],
})

function helpers.realised(labels, noisy, classes)
  local wanted = "nj.noise.realised takes true and given labels, tensors of as many, and how many classes there are"
  if not (nj.is_tensor(labels) and nj.is_tensor(noisy) and labels:rank() == 1 and noisy:rank() == 1
    and labels:numel() == noisy:numel()) then
    native.fail(wanted)
  end
  classes = params.checked("'classes' of nj.noise.realised", { type = "integer", min = 2, max = 1 << 12 }, classes)
  for _, given in ipairs { labels, noisy } do
    local fault = native.label_fault(given, classes)
    if fault then
      native.fail("nj.noise.realised: " .. fault)
    end
  end
  labels, noisy = labels:int(), noisy:int()
  local pairs_of_classes = ((labels - 1) * classes + noisy):bincount(classes * classes)
  local counts = pairs_of_classes:double():reshape(classes, classes)
  local wrong = labels:ne(noisy):copy()
  return (counts / counts:sum(-1, { keep = true })):totable(), wrong:double():mean():item(), wrong
end

kind.helpers = helpers
part "kinds".declare(kind, declare)

local module = {}

--- What a run keeps of the noise: name, parameters, seed, and the transition matrix where there is one.
function module.describe(noise, classes, seed, names)
  local definition = rawget(noise, "definition")
  if definition == nil then
    return { name = "given labels", seed = seed }
  end
  local known = part "record".of(noise)
  known.parameters = next(known.parameters) and known.parameters or nil
  known.seed, known.matrix = seed, matrix_or_nil(definition, noise, classes, names)
  known.inputs = definition.inputs and true or nil
  return known
end

--- Whether a value is a noise model that changes inputs.
function module.changes_inputs(noise)
  local definition = type(noise) == "table" and rawget(noise, "definition")
  return definition and definition.inputs ~= nil or false
end

return module
