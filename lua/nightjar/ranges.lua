-- What a value of a declared parameter may be: its type, its range, its entries. One place for parameters of plugins,
-- fields of trainers and options of functions; what it says completes "parameter 'alpha' of loss 'rll' ...".
--
-- A range is min <= value <= max; `above` and `below` leave the end itself out. Numbers are finite, and float32 holds
-- them, unless an end or the default is infinite. `each` declares the entries of a list.

local walk = (...) "walk"

local ranges = {}

local largest_float32 = 3.4028234663852886e38

ranges.fields = { "default", "type", "min", "max", "above", "below", "choices", "each", "optional", "doc" }

--- A number as messages write it: one spelling of what is no number.
function ranges.number(value)
  if math.type(value) == "float" and value == math.floor(value) and math.abs(value) < 1e15 then
    return string.format("%.0f", value)
  end
  return value ~= value and "nan" or tostring(value)
end

--- The value in a script's own words; of lists within lists, four levels.
function ranges.show(value, depth)
  depth = depth or 1
  if type(value) == "string" then
    return string.format("%q", value)
  elseif type(value) == "number" then
    return ranges.number(value)
  elseif type(value) == "table" and rawget(value, "definition") then
    return tostring(value)
  elseif type(value) == "table" then
    local items = {}
    if depth > 4 then
      return "{ ... }"
    end
    for i, item in ipairs(value) do
      if i > 20 then
        items[i] = "..."
        break
      end
      items[i] = ranges.show(item, depth + 1)
    end
    return "{ " .. table.concat(items, ", ") .. " }"
  end
  return tostring(value)
end

--- tensor, number, string ...
function ranges.kind_of(value)
  if nj.is_tensor(value) then
    return "tensor"
  elseif type(value) == "table" then
    -- What a definition has made is of the definition's kind: "schedule".
    local definition = rawget(value, "definition")
    return type(definition) == "table" and type(definition.owner) == "string"
      and definition.owner:match("^(.-) '") or "table"
  end
  return type(value)
end

--- `a number`, `an integer`
function ranges.with_article(kind)
  return (kind:match("^[aeiou]") and "an " or kind == "nil" and "" or "a ") .. kind
end

-- What an object of the library calls itself: "layer", "data set", "trainer".
local function own_name(value)
  local meta = (type(value) == "userdata" or type(value) == "table") and getmetatable(value)
  if type(meta) == "table" and rawget(meta, "__tostring") or type(value) == "userdata" then
    local first = tostring(value):match("^%l[%l ]*")
    return first and first:gsub(" of $", ""):gsub("%s+$", "")
  end
end

--- What came in place of something else, in a message: "a number", "nil", "a data set".
function ranges.a_kind(value)
  local kind = ranges.kind_of(value)
  if kind == "userdata" or kind == "table" then
    kind = own_name(value) or kind
  end
  return ranges.with_article(kind)
end

-- What came, in a message: numbers as they are, other things by their kind.
local function came(value)
  -- A definition that was not called shows what it is of: "schedule 'linear'".
  local meta = type(value) == "table" and getmetatable(value)
  if meta and meta.__metatable == false and next(value) == nil and tostring(value):find("^%l[%l ]* '") then
    return "the definition of " .. tostring(value) .. ": call it with its parameters first"
  elseif type(value) == "boolean" then
    return tostring(value)
  end
  return type(value) == "number" and ranges.number(value) or ranges.a_kind(value)
end

--- The first position that a list leaves out, at any depth, or nil.
function ranges.hole(list, trail)
  trail = trail or walk.trail("a parameter")
  walk.enter(trail, list)
  local last = 0
  for key in pairs(list) do
    if math.type(key) == "integer" and key > last then
      last = key
    end
  end
  for i = 1, math.min(last, #list + 1) do
    if list[i] == nil then
      return tostring(i)
    elseif type(list[i]) == "table" and not nj.is_tensor(list[i]) and getmetatable(list[i]) == nil then
      local inner = ranges.hole(list[i], trail)
      if inner then
        return i .. "][" .. inner
      end
    end
  end
  walk.leave(trail, list)
end

--- Lua type that a declaration asks for, or nil where anything goes.
function ranges.wanted(spec)
  local wanted = spec.type
  if wanted == nil and spec.default ~= nil then
    wanted = ranges.kind_of(spec.default)
  end
  return wanted ~= "any" and wanted or nil
end

local function of_type(spec, value)
  local wanted = ranges.wanted(spec)
  if wanted == "integer" then
    if type(value) ~= "number" then
      return value, "must be an integer, got " .. came(value)
    end
    local whole = math.tointeger(value)
    if whole == nil and value == math.floor(value) and math.abs(value) < math.huge then
      return value, string.format("must be an integer that fits into 64 bits, got %s", came(value))
    end
    return whole, whole == nil and "must be an integer, got " .. came(value) or nil
  elseif wanted ~= nil and ranges.kind_of(value) ~= wanted then
    return value, "must be " .. (wanted == "boolean" and "true or false" or ranges.with_article(wanted)) .. ", got "
      .. came(value)
  end
  return value
end

-- Whether a declaration reckons with infinity.
local function reaches_infinity(spec)
  for _, field in ipairs { "min", "max", "default" } do
    local value = spec[field]
    if type(value) == "number" and math.abs(value) == math.huge then
      return true
    end
  end
  return false
end

local function in_range(spec, value)
  if value ~= value then
    return "is not a number (nan)"
  elseif spec.min ~= nil and value < spec.min then
    return "must be at least " .. ranges.number(spec.min) .. ", got " .. ranges.number(value)
  elseif spec.above ~= nil and value <= spec.above then
    return "must be above " .. ranges.number(spec.above) .. ", got " .. ranges.number(value)
  elseif spec.max ~= nil and value > spec.max then
    return "must be at most " .. ranges.number(spec.max) .. ", got " .. ranges.number(value)
  elseif spec.below ~= nil and value >= spec.below then
    return "must be below " .. ranges.number(spec.below) .. ", got " .. ranges.number(value)
  elseif not reaches_infinity(spec) then
    if math.abs(value) == math.huge then
      return "must be finite, got " .. ranges.number(value)
    elseif math.type(value) == "float" and math.abs(value) > largest_float32 then
      return "must be a number that float32 holds (up to 3.4e38), got " .. ranges.number(value)
    end
  end
end

local function among(choices, value)
  local shown, texts = {}, {}
  for i, choice in ipairs(choices) do
    if choice == value then
      return
    end
    shown[i], texts[i] = ranges.show(choice), tostring(choice)
  end
  local near = native.nearest(tostring(value), texts)
  return "must be one of " .. table.concat(shown, ", ") .. ", got " .. ranges.show(value)
    .. (near and ": did you mean '" .. near .. "'?" or "")
end

--- The value as the declaration has it (whole floats become integers where one is asked for), or nil and what is wrong
--- with it. `name` is what messages call it: "parameter 'alpha' of loss 'rll'".
function ranges.checked(name, spec, value)
  local fault
  value, fault = of_type(spec, value)
  if not fault and type(value) == "number" then
    fault = in_range(spec, value)
  elseif not fault and type(value) == "table" and not nj.is_tensor(value) and getmetatable(value) == nil then
    local missing = ranges.hole(value)
    if missing then
      fault = "has a hole: entry [" .. missing .. "] is nil"
    elseif spec.each then
      local entries = {}
      for i, entry in ipairs(value) do
        local entry_fault
        entries[i], entry_fault = ranges.checked("entry " .. i .. " of " .. name, spec.each, entry)
        if entry_fault then
          return nil, entry_fault
        end
      end
      value = entries
    end
  end
  if not fault and spec.choices ~= nil then
    fault = among(spec.choices, value)
  end
  if fault then
    return nil, name .. " " .. fault
  end
  return value
end

return ranges
