-- What functions of scripts remember in variables around them, where no checkpoint keeps it: a training that goes on
-- after a stop finds these as they are when the script starts, and its numbers are others. Whoever writes such a
-- function is told.
local part = ...
local definitions = part "definitions"
local record = part "record"

local remembered = {}

-- Tables with more entries are not looked into.
local most_entries = 1000

-- Values of a plain table by key; nil for what is no plain table, or too large.
local function entries_of(value)
  if type(value) ~= "table" or nj.is_tensor(value) or getmetatable(value) ~= nil then
    return nil
  end
  local entries, count = {}, 0
  for key, entry in next, value do
    count = count + 1
    if count > most_entries then
      return nil
    end
    entries[key] = entry
  end
  return entries
end

local function same(a, b)
  return rawequal(a, b) or a ~= a and b ~= b and type(a) == "number" and type(b) == "number"
end

local function is_script(f)
  local source = debug.getinfo(f, "S").source
  return source:sub(1, 1) == "@"
end

-- Adds the variables around a function, and around the functions of scripts among these.
local function add(list, seen, label, f)
  if seen[f] or not is_script(f) then
    return
  end
  seen[f] = true
  for i = 1, 255 do
    local name, value = debug.getupvalue(f, i)
    if name == nil then
      break
    end
    local id = debug.upvalueid(f, i)
    if name ~= "_ENV" and not seen[id] then
      seen[id] = true
      list[#list + 1] = { label = label, name = name, f = f, i = i, value = value, entries = entries_of(value) }
      if type(value) == "function" then
        add(list, seen, label, value)
      end
    end
  end
end

local function add_object(list, seen, label, object)
  if type(object) == "function" then
    add(list, seen, label, object)
    return
  end
  local view = record.definition_of(object)
  local definition = view and (definitions.behind(view) or view)
  if type(definition) ~= "table" then
    return
  end
  for _, value in next, definition do
    if type(value) == "function" then
      add(list, seen, definition.owner or label, value)
    end
  end
end

--- Looks at what is there when training begins: `others` are pairs of a word and a function or object.
function remembered.watch(others, ...)
  local list, seen = {}, {}
  for _, pair in ipairs(others) do
    if pair[2] ~= nil then
      add_object(list, seen, pair[1], pair[2])
    end
  end
  for _, objects in ipairs { ... } do
    for _, object in ipairs(objects) do
      add_object(list, seen, "a callback", object)
    end
  end
  return list
end

--- What has changed since, in words; nil where nothing has. `state` is what checkpoints keep.
function remembered.changed(list, state)
  local names, labels, place = {}, {}, nil
  for _, variable in ipairs(list) do
    local _, now = debug.getupvalue(variable.f, variable.i)
    local differs = not same(now, variable.value)
    -- Lists that a callback fills with what it saw are records and no state, as long as they only grow at their end.
    if not differs and variable.entries and not rawequal(now, state) then
      for key, entry in next, variable.entries do
        differs = differs or not same(rawget(now, key), entry)
      end
    end
    if differs then
      names[#names + 1] = "'" .. variable.name .. "'"
      if not labels[variable.label] then
        labels[variable.label] = true
        labels[#labels + 1] = variable.label
      end
      place = place or definitions.place_of(variable.f)
    end
  end
  if #names == 0 then
    return nil
  end
  table.sort(names)
  return table.concat(labels, " and ") .. " (" .. place .. ") changes " .. table.concat(names, ", ")
end

return remembered
