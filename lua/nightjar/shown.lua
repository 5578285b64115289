-- How print shows tables: a list as { 1, 2 }, a record as { epoch = 1, loss = 0.5 }, names in order; what a definition
-- has made with its parameters and what it is, as optimizer 'sgd' { momentum = 0.9, nesterov = true }: SGD with ...;
-- a definition with what it can be given; an experiment with its axes, a trainer with its parts.

local part = ...
local definitions = part "definitions"

local shown = {}

local deepest, longest = 4, 100

-- Functions that say more of an object than its own text does.
shown.summaries = setmetatable({}, { __mode = "k" })

local write

local function key_text(key)
  if type(key) == "string" then
    return key:find("^[%a_][%w_]*$") and key or string.format("[%q]", key)
  end
  return "[" .. tostring(key) .. "]"
end

local function fields_of(value)
  local names, count = {}, #value
  for key in next, value do
    if not (math.type(key) == "integer" and key >= 1 and key <= count) then
      names[#names + 1] = key
    end
  end
  table.sort(names, function(a, b)
    if type(a) ~= type(b) then
      return type(a) < type(b)
    elseif type(a) == "number" or type(a) == "string" then
      return a < b
    end
    return tostring(a) < tostring(b)
  end)
  return names, count
end

local function write_table(value, depth, inside)
  if inside[value] then
    return "{ ... }"
  elseif next(value) == nil then
    return "{}"
  elseif depth == deepest then
    return "{ ... }"
  end
  inside[value] = true
  local names, count = fields_of(value)
  local parts = {}
  for i = 1, math.min(count, longest) do
    parts[i] = write(value[i], depth + 1, inside)
  end
  for i = 1, math.min(#names, longest - #parts) do
    parts[#parts + 1] = key_text(names[i]) .. " = " .. write(value[names[i]], depth + 1, inside)
  end
  inside[value] = nil
  local left = count + #names - #parts
  if left > 0 then
    parts[#parts + 1] = "... " .. left .. " more"
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

-- What a table of the library that scripts can read, and that has no text of its own, holds; nil for anything else.
local function held_by_library(value)
  local meta = type(value) == "table" and getmetatable(value)
  if not meta or meta.__metatable ~= false or not meta.__pairs or meta.__tostring then
    return nil
  end
  local held = {}
  for key, entry in pairs(value) do
    held[key] = entry
  end
  return held
end

-- Names alone: what is under them are functions and further tables.
local function module_text(held)
  local names = fields_of(held)
  return "the library: " .. table.concat(names, ", ")
end

-- An optimizer, a loss ... with the parameters that it has.
local function write_object(value, definition, depth, inside)
  local parts = {}
  local weights = definition.weights or {}
  for name, given in pairs { classes = weights.classes and weights.classes:totable(), samples = weights.samples,
    normalize = weights.normalize } do
    parts[#parts + 1] = name .. " = " .. write(given, depth + 1, inside)
  end
  table.sort(parts)
  for _, name in ipairs(definitions.parameter_names(definition)) do
    if rawget(value, name) ~= nil then
      parts[#parts + 1] = name .. " = " .. write(rawget(value, name), depth + 1, inside)
    end
  end
  local text = tostring(value) .. (#parts > 0 and " { " .. table.concat(parts, ", ") .. " }" or "")
  -- A loss that is made of others says what these are, where its name does not say it all.
  local made_of, says_more = {}, false
  for i, one in ipairs(definition.parts or {}) do
    made_of[i] = write(one, depth + 1, inside)
    says_more = says_more or made_of[i] ~= tostring(one)
  end
  return text .. (says_more and " of " .. table.concat(made_of, ", ") or "")
end

local function definition_of(value)
  local definition = type(value) == "table" and rawget(value, "definition")
  return type(definition) == "table" and type(definition.specs) == "table" and getmetatable(value) and definition
end

function write(value, depth, inside)
  local definition = definition_of(value)
  if definition then
    return depth == deepest and tostring(value) or write_object(value, definition, depth, inside)
  end
  local held = held_by_library(value)
  if held or type(value) == "table" and getmetatable(value) == nil then
    return write_table(held or value, depth, inside)
  elseif type(value) == "string" then
    return string.format("%q", value)
  elseif nj.is_tensor(value) and value:rank() > 0 then
    -- In full it would be several lines.
    return "tensor (" .. table.concat(value:shape(), ", ") .. ") " .. value:dtype()
  end
  return tostring(value)
end

-- What a definition is of, what it is, and what it can be given.
local function definition_text(value)
  local lines = { "definition of " .. tostring(value) .. (value.doc and ": " .. value.doc or "") }
  for _, name in ipairs(value.specs and value.specs.names or {}) do
    local spec = value.specs[name]
    local default = spec.default ~= nil and " = " .. write(spec.default, 1, {}) or ""
    lines[#lines + 1] = "  " .. name .. default .. (spec.doc and ": " .. spec.doc or "")
  end
  lines[#lines + 1] = "  it is called with its parameters, as in " .. value.name .. " {}"
  return table.concat(lines, "\n")
end

local function axis_text(axis)
  local values = {}
  for i = 1, math.min(#axis.values, 6) do
    values[i] = write(axis.values[i], deepest, {})
  end
  local left = #axis.values - #values
  if left > 0 then
    values[#values + 1] = "... " .. left .. " more"
  end
  return "  " .. axis.name .. " = " .. table.concat(values, ", ") .. (axis.replicate and " (repetitions)" or "")
end

--- An experiment, of what it holds.
function shown.experiment(content)
  local count = #content.cells
  local lines = { "experiment '" .. content.name .. "' of " .. count .. (count == 1 and " cell" or " cells")
    .. (content.doc ~= "" and ": " .. content.doc or "") }
  for _, axis in ipairs(content.axes) do
    lines[#lines + 1] = axis_text(axis)
  end
  local settings = {}
  for name, value in pairs(content.settings) do
    settings[#settings + 1] = name .. " = " .. write(value, 1, {})
  end
  table.sort(settings)
  if #settings > 0 then
    lines[#lines + 1] = "  settings: " .. table.concat(settings, ", ")
  end
  return table.concat(lines, "\n")
end

-- Fields of a trainer that are shown where they were given, in this order.
local trainer_parts = { "clip", "average", "augment", "callbacks", "metrics", "accumulate", "seed" }

--- A trainer, of what it was given, the schedule that came of it, and where it stands: the last epoch and step, and how
--- training ended there. nil where nothing was trained.
function shown.trainer(given, model, schedule, stands)
  local count = model:parameter_count()
  local lines = {
    string.format("trainer: %s of %d %s", tostring(model):match("^[^:\n]*"), count,
      count == 1 and "parameter" or "parameters"),
    "  " .. write(given.loss, 1, {}), "  " .. write(given.optimizer, 1, {}), "  " .. write(schedule, 1, {}),
    "  batch_size = " .. string.format("%d", given.batch_size or 128),
  }
  for _, name in ipairs(trainer_parts) do
    if given[name] ~= nil then
      lines[#lines + 1] = "  " .. name .. " = " .. write(given[name], 1, {})
    end
  end
  if given.groups then
    lines[#lines + 1] = "  groups = " .. write(given.groups, 1, {})
  end
  lines[#lines + 1] = stands and string.format("  %s at epoch %d, step %d", stands.ending, stands.epoch, stands.step)
    or "  not trained yet"
  return table.concat(lines, "\n")
end

-- Methods of tensors and layers by the function that they are: who comes from PyTorch prints x.shape.
local methods

local function method_text(value)
  if methods == nil then
    methods = {}
    for _, object in ipairs { nj.zeros(1), nj.nn.identity() } do
      local meta = debug.getmetatable(object)
      for name, f in pairs(meta and type(meta.__index) == "table" and meta.__index or {}) do
        methods[f] = name
      end
    end
  end
  local name = methods[value]
  return name and string.format("method '%s': call it with a colon, as in x:%s()", name, name)
end

--- One value as print shows it; texts are as they are.
function shown.text(value)
  if type(value) == "function" then
    return method_text(value) or tostring(value)
  end
  if shown.summaries[value] then
    return shown.summaries[value]()
  elseif definitions.kind(value) then
    return definition_text(value)
  end
  local definition = definition_of(value)
  if definition then
    return write(value, 0, {}) .. (definition.doc and ": " .. definition.doc or "")
  end
  local held = held_by_library(value)
  if held and held.tensor and held.nn then
    return module_text(held)
  elseif held or type(value) == "table" and getmetatable(value) == nil then
    return write(value, 0, {})
  end
  return tostring(value)
end

return shown
