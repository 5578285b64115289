-- nj.noise: models of label noise. nj.noise { ... } defines one, nj.noise.uniform finds one.
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
  { "apply", "function", "apply(self, labels, ctx) returns noisy labels, a tensor or a list",
    annotation = "fun(self: table, labels: nightjar.Tensor, ctx: nightjar.NoiseContext): nightjar.Tensor|integer[]" },
  { "matrix", "function", "matrix(self, classes) returns the transition matrix as rows", optional = true,
    annotation = "fun(self: table, classes: integer): number[][]" },
  { "example", "table", "parameters with which nightjar check makes one", optional = true,
    annotation = "table<string, any>" },
  definitions.class_check_field,
})

declare.class("nightjar.NoiseContext", {
  doc = "What a noise model may use.",
  fields = {
    { "classes", "integer", "how many classes there are" },
    { "count", "integer", "how many labels there are" },
    { "seed", "integer", "the seed of the noise" },
    { "random", "nightjar.RandomStream", "a stream of its own" },
    { "names", "string[]", "the names of the classes", optional = true },
    { "ids", "nightjar.Tensor", "int32, the position of each sample in its data set" },
    { "features", "nightjar.Tensor", "the inputs, one entry a sample, for noise that depends on them",
      optional = true },
  },
})

declare.class("nightjar.Noise", { doc = "A model of label noise with its parameters." })

local kind = {
  word = "noise model", maker = "noise", registry = "noise", axis = "noise", class = "nightjar.Noise",
  doc = "Noise models", fields = known_fields, required = required, fields_class = "nightjar.NoiseFields",
  check = "check/noise", scaffold = "noise",
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

function Noise.__tostring(self)
  return rawget(self, "definition").owner
end

local known_options = { "classes", "seed", "features", "names" }

local function context(owner, labels, options)
  if not nj.is_tensor(labels) or labels:rank() ~= 1 then
    native.fail(owner .. " applies to a tensor of labels, one a sample, from 1 to the number of classes")
  end
  options = options or {}
  for name in pairs(options) do
    local found = false
    for _, known in ipairs(known_options) do
      found = found or known == name
    end
    if not found then
      native.fail(owner .. ": apply has no option '" .. tostring(name) .. "'"
        .. params.suggestion(tostring(name), known_options))
    end
  end
  local seed = native.run_seed()
  if options.seed ~= nil then
    seed = params.checked("'seed' of apply of " .. owner, { type = "integer" }, options.seed)
  end
  local classes = options.classes
  if classes == nil then
    local largest = labels:numel() > 0 and labels:max():item() or 0
    classes = math.tointeger(largest) or largest
  end
  classes = params.checked("'classes' of apply of " .. owner, { type = "integer", min = 2, max = 1 << 24 }, classes)
  local fault = native.label_fault(labels, classes)
  if fault then
    native.fail(owner .. ": " .. fault)
  end
  local features = options.features
  local ctx = {
    classes = classes, seed = seed, names = options.names, count = labels:numel(),
    random = random.stream(seed, "noise"), ids = nj.arange(1, labels:numel() + 1):int(),
  }
  if type(features) ~= "function" then
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
local labels = nj.tensor({ 1, 2, 1, 2 }, { dtype = "int32" })
nj.noise.uniform { rate = 1 }:apply(labels, { classes = 2, seed = 7 }) --> {2, 1, 2, 1}]],
})

function Noise.apply(self, labels, options)
  local definition = rawget(self, "definition")
  local owner = definition.owner
  local ctx = context(owner, labels, options)
  definitions.check(definition, self, ctx.classes)
  local result = definition.apply(self, labels:int(), ctx)
  if type(result) == "table" and not nj.is_tensor(result) then
    -- Not as int32: a number that is no whole one is to be seen.
    result = nj.tensor(result, { dtype = "float64" })
  elseif not nj.is_tensor(result) then
    native.fail("apply of " .. owner .. " must return labels, it returned "
      .. (result == nil and "nothing: did it forget 'return'?" or "a " .. type(result)))
  end
  if result:rank() ~= 1 or result:size(1) ~= ctx.count then
    native.fail(string.format("apply of %s got %d labels and returned shape (%s)", owner, ctx.count,
      table.concat(result:shape(), ", ")))
  end
  local fault = native.label_fault(result, ctx.classes)
  if fault then
    native.fail("apply of " .. owner .. " returned a wrong label: " .. fault)
  end
  result = result:int():copy()
  return result
end

declare.call("noise:matrix", {
  class = "nightjar.Noise",
  doc = "The transition matrix as rows, T[i][j] = P(noisy = j | true = i), where the model has one.",
  parameters = { { "classes", "integer" } },
  returns = "number[][]",
  example = "nj.noise.uniform { rate = 0.5 }:matrix(2) --> {{0.5, 0.5}, {0.5, 0.5}}",
})

function Noise.matrix(self, classes)
  local definition = rawget(self, "definition")
  if definition.matrix == nil then
    native.fail(definition.owner .. " has no transition matrix")
  end
  classes = params.checked("'classes' of matrix of " .. definition.owner, { type = "integer", min = 2 }, classes)
  definitions.check(definition, self, classes)
  return definition.matrix(self, classes)
end

definitions.expose(Noise)
kind.methods = { apply = true, matrix = true }

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

kind.helpers = helpers
part "kinds".declare(kind, declare)

local module = {}

local most_classes_shown = 100

--- What a run keeps of the noise: name, parameters, seed, and the transition matrix where there is one.
function module.describe(noise, classes, seed)
  local definition = rawget(noise, "definition")
  if definition == nil then
    return { name = "given labels", seed = seed }
  end
  local known = part "record".of(noise)
  local matrix
  if definition.matrix and classes <= most_classes_shown then
    local fits, rows = pcall(definition.matrix, noise, classes)
    matrix = fits and type(rows) == "table" and not nj.is_tensor(rows) and rows or nil
  end
  known.parameters = next(known.parameters) and known.parameters or nil
  known.seed, known.matrix = seed, matrix
  return known
end

return module
