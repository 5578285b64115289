-- nj.noise: models of label noise. nj.noise { ... } defines one, nj.noise.uniform finds one.
local part = ...
local declare = part "declare" "Label noise"
local definitions = part "definitions"
local random = part "random"
local params = part "params"

local Noise = {}

local known_fields, required = declare.fields("nightjar.NoiseFields", "What nj.noise takes.", {
  { "name", "string", "what messages, files and tables call the model" },
  { "doc", "string", "one line", optional = true },
  { "params", "table", "its parameters, each { default = ..., min = ..., max = ..., choices = ..., doc = ... }",
    optional = true, annotation = "table<string, any>" },
  { "apply", "function", "apply(self, labels, ctx) returns noisy labels, a tensor or a list",
    annotation = "fun(self: table, labels: nightjar.Tensor, ctx: nightjar.NoiseContext): nightjar.Tensor|integer[]" },
  { "matrix", "function", "matrix(self, classes) returns the transition matrix as rows", optional = true,
    annotation = "fun(self: table, classes: integer): number[][]" },
  { "example", "table", "parameters with which nightjar check makes one", optional = true,
    annotation = "table<string, any>" },
  { "check", "function", "check(self) refuses parameters that do not go together", optional = true,
    annotation = "fun(self: table)" },
})

declare.class("nightjar.NoiseContext", {
  doc = "What a noise model may use.",
  fields = {
    { "classes", "integer", "how many classes there are" },
    { "count", "integer", "how many labels there are" },
    { "seed", "integer", "the seed of the noise" },
    { "random", "nightjar.RandomStream", "a stream of its own" },
    { "names", "string[]", "the names of the classes", optional = true },
    { "features", "nightjar.Tensor", "one row a sample, for noise that depends on them", optional = true },
  },
})

declare.class("nightjar.Noise", { doc = "A model of label noise with its parameters." })

declare.registry("noise", "nightjar.Noise",
  "Noise models by name; a path to a .lua file works as well. Called with nightjar.NoiseFields, it defines one.",
  "fun(fields: nightjar.NoiseFields): fun(parameters?: table<string, any>): nightjar.Noise")

local kind = {
  word = "noise model",
  maker = "noise",
  registry = "noise",
  fields = known_fields,
  required = required,
}

function kind.make(definition, values)
  local noise = definitions.object(Noise, definition, values)
  if definition.check then
    definition.check(noise)
  end
  return noise
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
  if math.type(options.seed) ~= "integer" then
    native.fail(owner .. ": apply needs an integer seed, for example { classes = 10, seed = 7 }")
  end
  local classes = options.classes or (labels:numel() > 0 and labels:max():int():item() or 0)
  if math.type(classes) ~= "integer" or classes < 2 then
    native.fail(owner .. ": apply needs at least 2 classes, got " .. tostring(classes))
  end
  if labels:numel() > 0 then
    local low, high = labels:int():min():item(), labels:int():max():item()
    if low < 1 or high > classes then
      native.fail(string.format("%s: labels go from %d to %d, but there are classes 1 to %d%s", owner, low, high,
        classes, low == 0 and ": these look 0-based, add 1" or ""))
    end
  end
  return {
    classes = classes, seed = options.seed, features = options.features, names = options.names,
    count = labels:numel(), random = random.stream(options.seed, "noise"),
  }
end

declare.call("noise:apply", {
  class = "nightjar.Noise",
  doc = "Noisy labels for true ones; the true ones stay as they are.",
  parameters = {
    { "labels", "nightjar.Tensor", "from 1 to the number of classes" },
  },
  options = {
    { "seed", "integer", "the same seed gives the same noise" },
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
  local result = definition.apply(self, labels:int(), ctx)
  if type(result) == "table" then
    result = nj.tensor(result, { dtype = "int32" })
  elseif not nj.is_tensor(result) then
    native.fail("apply of " .. owner .. " must return labels, it returned "
      .. (result == nil and "nothing: did it forget 'return'?" or "a " .. type(result)))
  end
  if result:rank() ~= 1 or result:size(1) ~= ctx.count then
    native.fail(string.format("apply of %s got %d labels and returned shape (%s)", owner, ctx.count,
      table.concat(result:shape(), ", ")))
  end
  result = result:int():copy()
  if ctx.count > 0 then
    local low, high = result:min():item(), result:max():item()
    if low < 1 or high > ctx.classes then
      native.fail(string.format("apply of %s returned labels from %d to %d, but there are classes 1 to %d", owner, low,
        high, ctx.classes))
    end
  end
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
  return definition.matrix(self, classes)
end

definitions.expose(Noise)

-- Checks that a table is a matrix of probabilities with rows that sum to 1.
local function check_matrix(owner, rows, classes)
  if type(rows) ~= "table" or #rows ~= classes then
    native.fail(string.format("%s needs a matrix with %d rows, got %s", owner, classes,
      type(rows) == "table" and tostring(#rows) or "a " .. type(rows)))
  end
  for i, row in ipairs(rows) do
    if type(row) ~= "table" or #row ~= classes then
      native.fail(string.format("%s: row %d must have %d entries", owner, i, classes))
    end
    local sum = 0
    for j, p in ipairs(row) do
      if type(p) ~= "number" or p ~= p or p < 0 or p > 1 + 1e-9 then
        native.fail(string.format("%s: entry [%d][%d] is %s, a probability is between 0 and 1", owner, i, j,
          tostring(p)))
      end
      sum = sum + p
    end
    if math.abs(sum - 1) > 1e-9 then
      native.fail(string.format("%s: row %d sums to %.12g, not to 1", owner, i, sum))
    end
  end
end

local helpers = {}

declare.call("nj.noise.draw", {
  doc = "Draws a label for each true one from the rows of a matrix.",
  parameters = {
    { "labels", "nightjar.Tensor" }, { "rows", "number[][]" }, { "ctx", "nightjar.NoiseContext" },
  },
  returns = "integer[]",
})

function helpers.draw(labels, rows, ctx)
  check_matrix("nj.noise.draw", rows, ctx.classes)
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
  doc = "Fails unless rows is a matrix of probabilities whose rows sum to 1.",
  parameters = {
    { "owner", "string", "what the message calls the model" }, { "rows", "number[][]" }, { "classes", "integer" },
  },
})

helpers.check_matrix = check_matrix

local registry = definitions.registry(kind, "noise", function(_, fields)
  return definitions.define(kind, fields)
end)

-- The helpers stand before the plugins.
nj.noise = setmetatable({}, {
  __index = function(_, name)
    return helpers[name] or registry[name]
  end,
  __newindex = function(_, name)
    registry[name] = true
  end,
  __call = native.expose(function(_, fields)
    return definitions.define(kind, fields)
  end),
  __pairs = function()
    return pairs(registry)
  end,
  __metatable = false,
})

return true
