-- Parameters that losses, noise models, schedules, optimizers and models declare: checked when an object is made.
--
--   params = { alpha = { default = 0.1, min = 0, doc = "..." }, name = "shorthand for a default" }
--
-- What a declaration can say is in ranges.lua.

local part = ...
local ranges = part "ranges"
-- Read when it is needed first: it is long, and for mistakes alone.
local function advice_of(kind, name)
  return part "elsewhere".advice(kind, name)
end

local params = {}

local known_fields = ranges.fields
local show, with_article, kind_of = ranges.show, ranges.with_article, ranges.kind_of
params.show, params.with_article, params.a_kind = show, with_article, ranges.a_kind

--- What follows the message that an object of a kind has no such name: what is written here instead of what other tools
--- have, or else the nearest name; second, whether it is the former, and third, whether that is said of this kind.
function params.suggestion(name, candidates, kind)
  local advice, is_own
  if kind then
    advice, is_own = advice_of(kind, name)
  end
  if advice then
    return ": " .. advice, true, is_own
  end
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
      local hint, is_advice = params.suggestion(tostring(name), known, owner)
      native.fail(owner .. " has no " .. word .. " '" .. tostring(name) .. "'" .. hint
        .. (is_advice and "" or "\n  " .. word .. "s are " .. table.concat(known, ", ")))
    end
  end
end

--- Refuses what is no list: entries at 1, 2, 3 ..., none left out, and nothing else. `example` shows one.
function params.check_list(what, given, example)
  local came
  if type(given) ~= "table" or nj.is_tensor(given) or rawget(given, "definition") or getmetatable(given) then
    came = type(given) == "table" and rawget(given, "definition") and tostring(given):match("^[^\n]*")
      or given == nil and "nil" or params.a_kind(given)
  else
    for key in next, given do
      if math.type(key) ~= "integer" or key < 1 then
        came = "a table with the field " .. show(key)
      end
    end
    local hole = came == nil and ranges.hole(given)
    came = came or hole and "a list with a hole: entry [" .. hole .. "] is nil"
  end
  if came then
    native.fail(what .. " is a list such as " .. example .. ", got " .. came)
  end
end

--- Refuses a table of fields that has unknown ones, some of another type, or too few. `types` has the Lua type of each
--- field, or "any".
function params.check_fields(maker, owner, given, types, required)
  local known = {}
  for field in pairs(types) do
    known[#known + 1] = field
  end
  table.sort(known)
  if type(given) ~= "table" then
    native.fail(maker .. " expects a table { " .. (required[1] or known[1]) .. " = ..., ... }, got "
      .. (given == nil and "nil" or with_article(kind_of(given))))
  end
  -- In the order of their names, so that of two mistakes it is always the same that is told.
  local fields = {}
  for field in pairs(given) do
    fields[#fields + 1] = field
  end
  table.sort(fields, function(a, b) return tostring(a) < tostring(b) end)
  for _, field in ipairs(fields) do
    local value, wanted = given[field], types[field]
    if wanted == nil and type(field) ~= "string" then
      native.fail(owner .. " takes values by name, and entry [" .. tostring(field) .. "], " .. params.a_kind(value)
        .. ", has none: write name = value\n  fields are " .. table.concat(known, ", "))
    elseif wanted == nil then
      local advice = advice_of("field of " .. owner, field)
      native.fail(owner .. " has an unknown field '" .. tostring(field) .. "'"
        .. (advice and ": " .. advice
          or params.suggestion(tostring(field), known) .. "\n  fields are " .. table.concat(known, ", ")))
    end
    local fits = type(value) == wanted or wanted == "any" or wanted == "integer" and type(value) == "number"
      and math.tointeger(value) or wanted == "tensor" and nj.is_tensor(value)
    if not fits then
      local hint = wanted == "tensor" and type(value) == "table" and ": nj.tensor makes one of lists of numbers" or ""
      native.fail(string.format("'%s' of %s must be %s, got %s%s", field, owner, with_article(wanted),
        wanted == "integer" and type(value) == "number" and show(value) or params.a_kind(value), hint))
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
    else
      value = params.checked("'" .. name .. "' of " .. owner, option.range or { type = option[2] }, value)
    end
    values[name] = value
  end
  return values
end

-- What objects hold beside the values of their parameters.
local reserved = { names = true, definition = true, remembered = true, roles = true,
  layer_number = true }

-- Brings a declaration into its full form; `owner` is for messages: "loss 'rll'". A parameter stands before the methods
-- of objects, so that none may have the name of one of `methods`. `common` are parameters that all of a kind take
-- besides.
function params.declare(owner, declared, methods, common)
  if declared == nil then
    return { names = {} }
  elseif type(declared) ~= "table" then
    native.fail(owner .. ": 'params' must be a table, got " .. params.a_kind(declared))
  end
  local specs = { names = {} }
  for name, spec in pairs(declared) do
    if type(name) ~= "string" then
      native.fail(owner .. ": 'params' is a table of names, for example { alpha = { default = 0.1 } }")
    end
    if reserved[name] or common and common[name] then
      native.fail(owner .. ": a parameter cannot be called '" .. name .. "', the library uses that name itself")
    elseif methods and methods[name] then
      native.fail(owner .. ": a parameter cannot be called '" .. name .. "', which is a method: "
        .. owner:match("^%S+") .. ":" .. name .. "(...)")
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
    if spec.default ~= nil then
      params.checked("the default of parameter '" .. name .. "' of " .. owner, spec, spec.default)
    end
    specs[name] = spec
    specs.names[#specs.names + 1] = name
  end
  table.sort(specs.names)
  return specs
end

--- A value as its declaration has it; an error of the script where it is not. `name` is what messages call it.
function params.checked(name, spec, value)
  local checked, fault = ranges.checked(name, spec, value)
  if fault then
    native.fail(fault)
  end
  return checked
end

--- Other tools hand the parameters of a model to an optimizer: a table of tensors by path.
function params.refuse_tensors(owner, given)
  local name, value = next(given)
  if nj.is_tensor(value) and type(name) == "string" and name:find(".", 1, true) then
    local advice = advice_of("parameter of " .. (owner:match("^(.-) '") or owner), "model")
    native.fail(owner .. " got a table of tensors as its parameters" .. (advice and ": " .. advice or ""))
  end
end

-- The values for an object: what was given, checked, and the defaults for the rest. `common` are parameters that all of
-- its kind take.
function params.resolve(owner, specs, given, common)
  if given == nil then
    given = {}
  elseif nj.is_tensor(given) then
    native.fail(owner .. " is not made yet: call its definition with parameters first, {} for the defaults, and then "
      .. "what that returns with tensors")
  elseif type(given) ~= "table" then
    local advice = type(given) == "userdata" and advice_of("parameter of " .. (owner:match("^(.-) '") or owner),
      "model")
    native.fail(string.format("%s is made from a table of parameters, for example %s, got %s%s", owner,
      specs.names[1] and "{ " .. specs.names[1] .. " = ... }" or "{}", ranges.a_kind(given),
      advice and ": " .. advice or ""))
  end
  params.refuse_tensors(owner, given)
  for name in pairs(given) do
    if type(name) ~= "string" then
      native.fail(owner .. " takes named parameters only, for example { " .. (specs.names[1] or "name") .. " = ... }")
    end
    if (specs[name] == nil or reserved[name]) and not (common and common[name]) then
      local hint, is_advice = params.suggestion(name, specs.names, "parameter of " .. (owner:match("^(.-) '") or owner))
      local listed = is_advice and "" or #specs.names > 0 and "\n  parameters are " .. table.concat(specs.names, ", ")
        or "\n  it has no parameters"
      native.fail(owner .. " has no parameter '" .. name .. "'" .. hint .. listed)
    end
  end
  local values = {}
  for _, name in ipairs(specs.names) do
    local spec = specs[name]
    local value = given[name]
    if value == nil then
      value = native.unsealed(spec.default)
      if value == nil and not spec.optional then
        native.fail(owner .. " needs the parameter '" .. name .. "'" .. (spec.doc and " (" .. spec.doc .. ")" or ""))
      end
    else
      value = params.checked("parameter '" .. name .. "' of " .. owner, spec, value)
    end
    values[name] = value
  end
  for name, spec in pairs(common or {}) do
    if given[name] ~= nil then
      values[name] = params.checked("parameter '" .. name .. "' of " .. owner, spec, given[name])
    end
  end
  return values
end

--- A shape as messages write it, (64, 10): that of a tensor, or a list of sizes.
function params.shape_text(shape)
  return "(" .. table.concat(nj.is_tensor(shape) and shape:shape() or shape, ", ") .. ")"
end

--- A list of names of classes, one text for each and no two alike, as a list of our own; nil stays nil. Only what the
--- table itself holds is read, so that none with methods of its own is as long as it says.
function params.class_names(owner, names, classes)
  if names == nil then
    return nil
  elseif type(names) ~= "table" or nj.is_tensor(names) then
    native.fail(owner .. " must be a list of the names of the classes, got " .. params.a_kind(names))
  end
  local count, list, places = rawlen(names), {}, {}
  if classes and count ~= classes then
    native.fail(string.format("%s are %d names for %d classes", owner, count, classes))
  end
  for i = 1, count do
    local text = rawget(names, i)
    if type(text) ~= "string" then
      native.fail(string.format("entry %d of %s must be a text, got %s", i, owner, params.a_kind(text)))
    elseif places[text] then
      native.fail(string.format("entries %d and %d of %s are both %s: each class has a name of its own", places[text],
        i, owner, show(text)))
    end
    list[i], places[text] = text, i
  end
  return list
end

--- The names of a table's fields, in order.
function params.names_of(list)
  local names = {}
  for name in pairs(list) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

return params
