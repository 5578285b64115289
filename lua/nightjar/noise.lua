-- nj.noise: models of label noise. nj.noise { ... } defines one, nj.noise.uniform finds one.
local part = ...
local definitions = part "definitions"
local random = part "random"
local params = part "params"

local Noise = {}

local kind = {
  word = "noise model",
  maker = "noise",
  registry = "noise",
  fields = {
    name = "string", doc = "string", params = "table", apply = "function", matrix = "function", check = "function",
    example = "table",
  },
  required = { "apply" },
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

--- Noisy labels for true ones; the true ones stay as they are. options = { classes = 10, seed = 7 }.
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

--- The transition matrix as a table of rows, T[i][j] = P(noisy = j | true = i), where the model has one.
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

--- Draws a label for each true one from the rows of a matrix.
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
