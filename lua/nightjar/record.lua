-- What the files of a run say of a component: its kind and name, where it is defined, and all of its parameters,
-- nested.
-- The host puts plugin, version and hash in the place of the file.
local part = ...
local definitions = part "definitions"

local record = {}

local function definition_of(value)
  return type(value) == "table" and not nj.is_tensor(value) and rawget(value, "definition") or nil
end

record.definition_of = definition_of

--- A function that a script gives: where it stands.
function record.of_function(f)
  local file, line = definitions.place_of(f):match("^(.*):(%d+)$")
  return { kind = "function", file = file, line = math.tointeger(tonumber(line)) }
end

-- Where a definition was read from: its file, or the script that it stands in.
local function file_of(definition)
  local origin = definitions.origins[definitions.behind(definition) or definition]
  return origin and origin.file or definition.place and definition.place:match("^(.*):%d+$")
end

-- A value of a parameter as files have it; nil for what has no written form.
local function value_of(value)
  local kind = type(value)
  if nj.is_tensor(value) then
    return { shape = value:shape(), dtype = value:dtype() }
  elseif kind == "table" and definition_of(value) then
    return record.of(value)
  elseif kind == "number" or kind == "string" or kind == "boolean" or kind == "table" then
    return value
  elseif kind == "function" then
    return record.of_function(value)
  end
end

--- The values of an object's parameters, and of the objects that it is made of.
function record.settings(object)
  local optimizers = part "optimizers"
  local definition, values = definition_of(object), {}
  for _, name in ipairs(definition and definition.specs.names or {}) do
    values[name] = value_of(rawget(object, name))
  end
  for name, schedule in pairs(optimizers.is_optimizer(object) and optimizers.driven(object) or {}) do
    values[name] = record.of(schedule)
  end
  for i, inner in ipairs(definition and definition.parts or {}) do
    values[i .. "." .. definition_of(inner).name] = record.of(inner)
  end
  local weights = definition and definition.weights
  if weights then
    values.class_weights = weights.classes and weights.classes:totable()
    values.sample_weights = weights.samples
      and { count = weights.samples:numel(), mean = weights.samples:mean():item() }
    values.normalize = weights.normalize
  end
  return values
end

--- An object with its definition.
function record.of(object)
  local definition = definition_of(object)
  local kind = definition.owner and definition.owner:match("^(.-) '") or "component"
  return { kind = kind, name = definition.name, file = file_of(definition), parameters = record.settings(object) }
end

return record
