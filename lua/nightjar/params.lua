-- Parameters that losses, noise models, schedules, optimizers and models declare: checked when an object is made.
--
--   params = { alpha = { default = 0.1, min = 0, doc = "..." }, name = "shorthand for a default" }

local params = {}

local known_fields = { "default", "type", "min", "max", "choices", "optional", "doc" }

-- The default in a script's own words.
local function show(value)
  if type(value) == "string" then
    return string.format("%q", value)
  elseif type(value) == "table" then
    local items = {}
    for i, item in ipairs(value) do
      items[i] = show(item)
    end
    return "{ " .. table.concat(items, ", ") .. " }"
  end
  return tostring(value)
end
params.show = show

local function kind_of(value)
  if nj.is_tensor(value) then
    return "tensor"
  elseif math.type(value) == "integer" then
    return "number"
  end
  return type(value)
end

--- `a number`, `an integer`
function params.with_article(kind)
  return (kind:match("^[aeiou]") and "an " or "a ") .. kind
end

local with_article = params.with_article

function params.suggestion(name, candidates)
  local near = native.nearest(name, candidates)
  return near and ": did you mean '" .. near .. "'?" or ""
end

--- Refuses names that are not known. `word` is what messages call a name: "field".
function params.check_names(owner, given, known, word)
  for name in pairs(given) do
    local found = false
    for _, candidate in ipairs(known) do
      found = found or name == candidate
    end
    if not found then
      native.fail(owner .. " has no " .. word .. " '" .. tostring(name) .. "'"
        .. params.suggestion(tostring(name), known) .. "\n  " .. word .. "s are " .. table.concat(known, ", "))
    end
  end
end

--- Refuses a table of fields that has unknown ones, some of another type, or too few. `types` has the Lua type of each
--- field, or "any".
function params.check_fields(maker, owner, given, types, required)
  if type(given) ~= "table" then
    native.fail(maker .. " expects a table { " .. required[1] .. " = ..., ... }, got "
      .. (given == nil and "nil" or with_article(kind_of(given))))
  end
  local known = {}
  for field in pairs(types) do
    known[#known + 1] = field
  end
  table.sort(known)
  for field, value in pairs(given) do
    local wanted = types[field]
    if wanted == nil then
      native.fail(owner .. " has an unknown field '" .. tostring(field) .. "'"
        .. params.suggestion(tostring(field), known) .. "\n  fields are " .. table.concat(known, ", "))
    end
    if wanted ~= "any" and type(value) ~= wanted then
      native.fail(string.format("'%s' of %s must be a %s, got a %s", field, owner, wanted, type(value)))
    end
  end
  for _, field in ipairs(required) do
    if given[field] == nil then
      native.fail(owner .. " needs '" .. field .. "'")
    end
  end
end

--- Named options with their defaults: `list` has { name, type, doc, default = ... } for each.
function params.options(owner, given, list)
  if given ~= nil and (type(given) ~= "table" or nj.is_tensor(given)) then
    native.fail(owner .. " expects a table of options, for example { " .. list[1][1] .. " = "
      .. show(list[1].default) .. " }, got " .. with_article(kind_of(given)))
  end
  local names, values = {}, {}
  for i, option in ipairs(list) do
    names[i] = option[1]
  end
  params.check_names(owner, given or {}, names, "option")
  for _, option in ipairs(list) do
    local name, value = option[1], given and given[option[1]]
    if value == nil then
      value = option.default
    elseif (option[2] == "integer" and math.type(value) or type(value)) ~= option[2] then
      native.fail(string.format("'%s' of %s must be %s, got %s", name, owner, with_article(option[2]),
        type(value) == "number" and show(value) or with_article(kind_of(value))))
    end
    values[name] = value
  end
  return values
end

-- Brings a declaration into its full form; `owner` is for messages: "loss 'rll'".
function params.declare(owner, declared)
  if declared == nil then
    return { names = {} }
  elseif type(declared) ~= "table" then
    native.fail(owner .. ": 'params' must be a table, got a " .. type(declared))
  end
  local specs = { names = {} }
  for name, spec in pairs(declared) do
    if type(name) ~= "string" then
      native.fail(owner .. ": 'params' is a table of names, for example { alpha = { default = 0.1 } }")
    end
    if type(spec) ~= "table" or nj.is_tensor(spec) then
      spec = { default = spec }
    end
    for field in pairs(spec) do
      local found = false
      for _, known in ipairs(known_fields) do
        found = found or field == known
      end
      if not found then
        native.fail(owner .. ": parameter '" .. name .. "' has an unknown field '" .. tostring(field) .. "'"
          .. params.suggestion(tostring(field), known_fields))
      end
    end
    specs[name] = spec
    specs.names[#specs.names + 1] = name
  end
  table.sort(specs.names)
  return specs
end

local function check_type(owner, name, spec, value)
  local wanted = spec.type or (spec.default ~= nil and kind_of(spec.default)) or nil
  if wanted == "integer" then
    if math.type(value) == "float" and value == math.floor(value) then
      value = math.tointeger(value)
    end
    if math.type(value) ~= "integer" then
      native.fail(string.format("parameter '%s' of %s must be an integer, got %s", name, owner,
        type(value) == "number" and tostring(value) or with_article(kind_of(value))))
    end
  elseif wanted ~= nil and wanted ~= "any" and kind_of(value) ~= wanted then
    native.fail(string.format("parameter '%s' of %s must be %s, got %s", name, owner, with_article(wanted),
      with_article(kind_of(value))))
  end
  return value
end

local function check_range(owner, name, spec, value)
  if type(value) == "number" then
    if value ~= value then
      native.fail(string.format("parameter '%s' of %s is not a number (nan)", name, owner))
    end
    if spec.min ~= nil and value < spec.min then
      native.fail(string.format("parameter '%s' of %s must be at least %s, got %s", name, owner, show(spec.min),
        show(value)))
    end
    if spec.max ~= nil and value > spec.max then
      native.fail(string.format("parameter '%s' of %s must be at most %s, got %s", name, owner, show(spec.max),
        show(value)))
    end
  end
  if spec.choices ~= nil then
    local texts = {}
    for i, choice in ipairs(spec.choices) do
      if choice == value then
        return
      end
      texts[i] = tostring(choice)
    end
    local shown = {}
    for i, choice in ipairs(spec.choices) do
      shown[i] = show(choice)
    end
    native.fail(string.format("parameter '%s' of %s must be one of %s, got %s%s", name, owner,
      table.concat(shown, ", "), show(value), params.suggestion(tostring(value), texts)))
  end
end

-- The values for an object: what was given, checked, and the defaults for the rest.
function params.resolve(owner, specs, given)
  if given == nil then
    given = {}
  elseif nj.is_tensor(given) then
    native.fail(owner .. " is not made yet: call its definition with parameters first, {} for the defaults, and then "
      .. "what that returns with tensors")
  elseif type(given) ~= "table" then
    native.fail(string.format("%s is made from a table of parameters, for example { %s }, got %s", owner,
      specs.names[1] and specs.names[1] .. " = ..." or "", with_article(kind_of(given))))
  end
  for name in pairs(given) do
    if type(name) ~= "string" then
      native.fail(owner .. " takes named parameters only, for example { " .. (specs.names[1] or "name") .. " = ... }")
    end
    if specs[name] == nil or name == "names" then
      local listed = #specs.names > 0 and "\n  parameters are " .. table.concat(specs.names, ", ")
        or "\n  it has no parameters"
      native.fail(owner .. " has no parameter '" .. name .. "'" .. params.suggestion(name, specs.names) .. listed)
    end
  end
  local values = {}
  for _, name in ipairs(specs.names) do
    local spec = specs[name]
    local value = given[name]
    if value == nil then
      value = spec.default
      if value == nil and not spec.optional then
        native.fail(owner .. " needs the parameter '" .. name .. "'" .. (spec.doc and " (" .. spec.doc .. ")" or ""))
      end
    else
      value = check_type(owner, name, spec, value)
      check_range(owner, name, spec, value)
    end
    values[name] = value
  end
  return values
end

return params
