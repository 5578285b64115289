-- What can follow what is typed: names of the session and of Lua, fields and methods of values as they are now. No
-- function of a script runs for it: only tables, and what the library itself keeps behind its objects, are looked at.
local part = ...
local declared = part "declare".declared
local definitions = part "definitions"
local tokens = part "interactive/tokens"

local names = {}

local keywords = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true "
  .. "until while"):gmatch("%a+") do
  keywords[#keywords + 1] = word
end

-- Whether what answers for a value belongs to the library.
local function is_own(f)
  return type(f) == "function" and debug.getinfo(f, "S").source:find("^=%[nightjar%]") ~= nil
end

-- Names that objects of the library may answer to.
local function declared_names()
  local list = {}
  for _, call in ipairs(declared.calls) do
    list[#list + 1] = call.path:match("[%w_]+$")
  end
  for _, class in ipairs(declared.classes) do
    for _, field in ipairs(class.fields or {}) do
      list[#list + 1] = field[1]
    end
  end
  return list
end

local function add_keys(found, t)
  for key in next, t do
    if type(key) == "string" and key:find("^[%a_][%w_]*$") and key:sub(1, 2) ~= "__" then
      found[key] = true
    end
  end
end

-- Everything that can stand behind a dot or a colon after a value, as a set.
local function fields_of(value)
  local found = {}
  local definition = type(value) == "table" and rawget(value, "definition")
  if type(definition) == "table" and getmetatable(value) and definition.specs then
    for _, name in ipairs(definitions.parameter_names(definition)) do
      found[name] = true
    end
  elseif type(value) == "table" then
    add_keys(found, value)
  end
  local meta = debug.getmetatable(value)
  if meta and is_own(rawget(meta, "__pairs")) then
    pcall(function()
      for name in pairs(value) do
        found[name] = type(name) == "string" or nil
      end
    end)
  end
  for _ = 1, 3 do
    local index = meta and rawget(meta, "__index")
    if type(index) == "table" then
      add_keys(found, index)
      meta = debug.getmetatable(index)
    else
      if is_own(index) then
        for _, name in ipairs(declared_names()) do
          local is_there, field = pcall(function() return value[name] end)
          found[name] = found[name] or is_there and field ~= nil or nil
        end
      end
      break
    end
  end
  return found
end

-- A field as it is, without a function of a script; nil where only such a one could tell.
local function field_of(value, name)
  local kind = type(value)
  if kind ~= "table" and kind ~= "userdata" and kind ~= "string" then
    return nil
  end
  local field = kind == "table" and rawget(value, name) or nil
  local meta = debug.getmetatable(value)
  for _ = 1, 3 do
    local index = field == nil and meta and rawget(meta, "__index")
    if type(index) == "table" then
      field, meta = rawget(index, name), debug.getmetatable(index)
    else
      if is_own(index) then
        local is_there, own = pcall(function() return value[name] end)
        field = is_there and own or nil
      end
      break
    end
  end
  return field
end

--- The value of a path such as "nj.losses.rll" or "model", where it can be told without running anything.
function names.value(path, environment)
  local value
  for separator, name in path:gmatch("([.:]?)([%a_][%w_]*)") do
    if separator == "" then
      value = rawget(environment, name)
      if value == nil then
        value = rawget(base, name)
      end
    else
      value = field_of(value, name)
    end
    if value == nil then
      return nil
    end
  end
  return value
end

-- The function in whose braces the end of a text stands, where a name of a parameter is next: "nj.losses.rll".
local function callee(list)
  local open = {}
  for i, token in ipairs(list) do
    if token.kind == "sign" and token.text:find("^[({%[]$") then
      open[#open + 1] = i
    elseif token.kind == "sign" and token.text:find("^[)}%]]$") then
      open[#open] = nil
    end
  end
  local at = open[#open]
  if at == nil or list[at].text ~= "{" or not (#list == at or list[#list].text == "," or list[#list].text == ";") then
    return nil
  end
  local i, path = at - 1, ""
  if list[i] and list[i].text == "(" then
    i = i - 1
  elseif list[i] and list[i].text == "," and open[#open - 1] and list[open[#open - 1]].text == "(" then
    -- Options behind other arguments.
    i = open[#open - 1] - 1
  end
  while list[i] and (list[i].kind == "name" or list[i].text == "." or list[i].text == ":") do
    path = list[i].text .. path
    i = i - 1
  end
  return path ~= "" and path or nil
end

--- What can stand at the end of a text: where the word begins that it replaces, the words in order, and the function
--- whose parameters are meant, where it is one.
function names.complete(text, environment, waiting)
  local path = text:match("[%a_][%w_.:]*$") or ""
  local owner, separator, begun = path:match("^(.*)([.:])([%w_]*)$")
  local found = {}
  if owner then
    local value = names.value(owner, environment)
    if value ~= nil then
      found = fields_of(value)
      if separator == ":" then
        for name in pairs(found) do
          local field = field_of(value, name)
          found[name] = (type(field) == "function" or nil)
        end
      end
    end
  elseif text:sub(1, #text - #path):find("[)%]}\"']%s*:$") then
    -- Of what is not known before it is computed, all that it could be.
    begun, owner = path, ""
    add_keys(found, debug.getmetatable(nj.zeros(1)).__index)
    for _, call in ipairs(declared.calls) do
      local method = call.path:match(":([%w_]+)$")
      found[method or ""] = method and true
    end
  else
    begun = path
    add_keys(found, environment)
    add_keys(found, base)
    add_keys(found, waiting)
    for _, word in ipairs(keywords) do
      found[word] = true
    end
  end
  local list = {}
  for name in pairs(found) do
    if name:sub(1, #begun) == begun and (begun ~= "" or name ~= "_") then
      list[#list + 1] = name
    end
  end
  table.sort(list)
  local before = tokens(text:sub(1, #text - #path))
  return #text - #begun + 1, list, not owner and callee(before) or nil
end

return names
