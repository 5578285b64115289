-- What losses, noise models, schedules, optimizers, models and metrics have in common: a definition is a callable
-- that makes objects from parameters, and a registry finds definitions by name or path.
local part = ...
local params = part "params"

local definitions = {}

-- Definitions know what they are: kind by definition.
local kinds = setmetatable({}, { __mode = "k" })
-- What a script holds of a definition, and the definition itself. Scripts, and the objects that they hold, see it
-- through a view only: a definition belongs to everybody who uses its name.
local contents = setmetatable({}, { __mode = "k" })
local views = setmetatable({}, { __mode = "k" })
local behind = setmetatable({}, { __mode = "kv" })

-- For reloading: where definitions come from, { file, kind } by definition, and what objects were made from.
definitions.origins = setmetatable({}, { __mode = "k" })
definitions.made = setmetatable({}, { __mode = "k" })

--- The view of a definition that its objects hold, and the definition behind a view.
function definitions.view(definition)
  return views[definition]
end

function definitions.behind(view)
  return behind[view]
end

function definitions.kind(value)
  return type(value) == "table" and kinds[value] or nil
end

-- Where a function was written, as messages show it.
function definitions.place_of(f)
  local info = debug.getinfo(f, "S")
  return (info.source:gsub("^[@=]", "")) .. ":" .. info.linedefined
end

--- What a value is, for messages about something else that was wanted: `optimizer 'sgd'`, `a table`.
function definitions.describe(value)
  if definitions.kind(value) then
    return "the definition of " .. tostring(value) .. ": call it with its parameters first, as in "
      .. contents[value].name .. " {}"
  end
  local object = type(value) == "table" and not nj.is_tensor(value) and rawget(value, "definition")
  if type(object) == "table" and type(object.owner) == "string" then
    return object.owner
  elseif nj.is_tensor(value) then
    return "a tensor"
  end
  return (value == nil or type(value) == "number" or type(value) == "boolean") and tostring(value)
    or "a " .. type(value)
end

-- Arithmetic with a definition, where an object was meant: 0.5 * nj.losses.cce.
local function no_arithmetic(a, b)
  local definition = definitions.kind(a) and a or b
  native.fail("arithmetic needs a loss that is made, got " .. definitions.describe(definition))
end

--- An object of a definition from the parameters given, checked. A kind can keep some of them apart with `split`.
function definitions.create(kind, definition, given)
  local apart
  if kind.split then
    given, apart = kind.split(definition, given)
  end
  return kind.make(definition, params.resolve(definition.owner, definition.specs, given, definition.common), apart)
end

-- What a script holds of a definition: it is called with parameters, and read.
local function public_of(word, owner, view, definition, call)
  local public = setmetatable({}, {
    __call = native.expose(call),
    __index = view,
    __newindex = function()
      native.fail(owner .. " is defined already: its definition does not change")
    end,
    __tostring = function()
      return owner
    end,
    __add = no_arithmetic, __sub = no_arithmetic, __mul = no_arithmetic, __div = no_arithmetic, __unm = no_arithmetic,
    __metatable = false,
  })
  kinds[public], contents[public] = word, definition
  return public
end

--- The definition with parameters that stand in front of those given later, since they were asked for from outside.
function definitions.with(public, parameters)
  local definition = contents[public]
  return public_of(kinds[public], definition.owner, views[definition], definition, function(_, given)
    if given ~= nil and (type(given) ~= "table" or nj.is_tensor(given)) then
      return public(given)
    end
    local values = {}
    for _, list in ipairs { given or {}, parameters } do
      for name, value in pairs(list) do
        values[name] = value
      end
    end
    return public(values)
  end)
end

-- kind = { word = "loss", fields = { name = type, ... }, required = { ... }, make = function(definition, values) end }
function definitions.define(kind, fields)
  local word = kind.word
  if type(fields) ~= "table" then
    native.fail("nj." .. kind.maker .. " expects a table { name = ..., ... }, got " .. params.a_kind(fields))
  end
  local name = fields.name
  if type(name) ~= "string" or name == "" then
    native.fail("nj." .. kind.maker .. " needs a name: nj." .. kind.maker .. " { name = \"mine\", ... }")
  end
  local owner = word .. " '" .. name .. "'"
  params.check_fields("nj." .. kind.maker, owner, fields, kind.fields, kind.required)
  local specs = params.declare(owner, fields.params, kind.methods, kind.common)
  local given = { owner = owner, specs = specs, common = kind.common, place = native.where_am_i() }
  for field, value in pairs(fields) do
    given[field] = value
  end
  local view, definition = native.sealed(given)
  views[definition], behind[view] = view, definition
  return public_of(word, owner, view, definition, function(_, parameters)
    local object = definitions.create(kind, view, parameters)
    if type(object) == "table" then
      definitions.made[object] = { parameters = parameters }
    end
    return object
  end)
end

--- The declaration of a parameter: one of the definition's own, or one that all of its kind take.
function definitions.parameter(definition, name)
  local common = definition.common
  return name ~= "names" and definition.specs[name] or common and common[name] or nil
end

--- The names of all parameters, those that all of its kind take at the end.
function definitions.parameter_names(definition)
  local names, others = {}, {}
  for _, name in ipairs(definition.specs.names) do
    names[#names + 1] = name
  end
  for name in pairs(definition.common or {}) do
    others[#others + 1] = name
  end
  table.sort(others)
  return table.move(others, 1, #others, #names + 1, names)
end

--- Fields that many kinds of definitions have, for declare.fields.
definitions.params_field = {
  "params", "table", "its parameters by name, each a default or { default = ..., type = ..., min = ..., max = ..., "
    .. "above = ..., below = ..., choices = ..., each = ..., optional = ..., doc = ... }: above and below leave the "
    .. "end itself out, each declares the entries of a list",
  optional = true, annotation = "table<string, any>",
}

definitions.check_field = {
  "check", "function", "check(self) returns what is wrong with parameters that do not go together, or nil",
  optional = true, annotation = "fun(self: table): string?",
}

--- The same where the number of classes is known later: nil when the object is made.
definitions.class_check_field = {
  "check", "function",
  "check(self, classes) returns what is wrong with parameters that do not go together, or with so many classes, or "
    .. "nil; classes are nil when the object is made",
  optional = true, annotation = "fun(self: table, classes?: integer): string?",
}

--- Asks a definition whether parameters go together; what it answers is raised at the script's line, not the plugin's.
function definitions.check(definition, object, ...)
  if definition.check then
    local fault = definition.check(object, ...)
    if fault ~= nil and type(fault) ~= "string" then
      native.fail("check of " .. definition.owner .. " must return a text or nil, it returned "
        .. params.a_kind(fault))
    elseif fault ~= nil then
      native.fail(definition.owner .. ": " .. fault)
    end
  end
  return object
end

-- Objects: values of parameters in front, their class behind.
function definitions.object(class, definition, values)
  values.definition = definition
  return setmetatable(values, class)
end

-- An error for a field that an object does not have; an optional parameter that was not given is nil.
function definitions.unknown_field(object, field)
  local definition = rawget(object, "definition")
  if definition and definitions.parameter(definition, field) then
    return nil
  end
  local names = {}
  for _, name in ipairs(definition and definition.specs.names or {}) do
    names[#names + 1] = name
  end
  native.fail((definition and definition.owner or "this object") .. " has no '" .. tostring(field) .. "'"
    .. params.suggestion(tostring(field), names, definition and definition.owner:match("^(.-) '")))
end

-- Lets the functions of a class be called from scripts: a message then knows the line, also of
-- `return object:method()`.
function definitions.expose(class)
  for name, value in pairs(class) do
    if type(value) == "function" and (name:sub(1, 2) ~= "__" or name == "__call") then
      class[name] = native.expose(value)
    end
  end
  return class
end

--- The definition behind what a file returned, or nil and what is wrong with it.
function definitions.read(kind, value, path)
  if kinds[value] == kind.word then
    return contents[value]
  end
  return nil, string.format("%s must return nj.%s { ... }, it returned %s", path, kind.maker,
    value == nil and "nothing (did it forget 'return'?)" or kinds[value] and params.with_article(kinds[value])
      or "a " .. type(value))
end

local function load_definition(kind, path, from)
  local chunk, full = native.load_file(path, from)
  native.definition_begins(full)
  local value = chunk()
  native.definition_ends(full)
  local definition, problem = definitions.read(kind, value, path)
  if definition == nil then
    native.fail(problem)
  end
  definitions.origins[definition] = { file = full, kind = kind }
  return value, full
end

local Look = { __close = function() native.look(false) end }

--- `local _ <close> = definitions.look()`: what is loaded as long as it is open counts among what results depend on
-- where it is used, and not before.
function definitions.look()
  native.look(true)
  return setmetatable({}, Look)
end

--- Whether a name is a path of a file: one of a plugin may stand in front of what it provides (mine/rll), and is none.
function definitions.is_path(name)
  return name:match("%.lua$") ~= nil or name:match("^[./~]") ~= nil
end

-- The file in which a plugin provides something. Raises why there is none, or that there are several.
local function provided(kind, name)
  local found = native.provided(kind.provides, name)
  if found.path then
    if found.replacement then
      native.note(kind.word .. " '" .. name .. "' of plugin '" .. found.owner .. "' is deprecated: use '"
        .. found.replacement .. "'")
    end
    return found.path
  elseif found.several then
    native.fail("several plugins provide the " .. kind.word .. " '" .. name .. "': " .. found.several
      .. "\n  say which, as in nj." .. kind.registry .. "[\"" .. found.owner .. "/" .. name .. "\"]; for all scripts: "
      .. "prefer = { [\"" .. kind.provides .. "/" .. name .. "\"] = \"" .. found.owner .. "\" } in "
      .. found.configuration)
  end
  -- The name may come from a setting: what another place has under it is a guess, which is worth less than a near name,
  -- and beside which the known ones stand.
  local hint, _, is_own = params.suggestion(name, found.names, "nj." .. kind.registry)
  local near = not is_own and params.suggestion(name, found.names) or ""
  hint = near ~= "" and near or hint
  -- A plugin that was not read may be the one that has it: a name of which it is a part is no slip of the keys.
  if found.strangers and not is_own and hint:find(name, 1, true) then
    hint = ""
  end
  local listed = is_own and "" or (#found.names > 0 and "\n  known are " .. table.concat(found.names, ", ")
    or "\n  no plugin provides any") .. "; a path to a .lua file works as well"
  native.fail("there is no " .. kind.word .. " '" .. name .. "'" .. (found.reasons and found.reasons or hint)
    .. (found.strangers or "") .. listed)
end

-- What plugins provide has one name: that of its file finds it, and its own is in messages, tables and runs.
local function load_provided(kind, name)
  local path = provided(kind, name)
  local value, full = load_definition(kind, path)
  local wanted, own = name:match("[^/]*$"), contents[value].name
  if own ~= wanted then
    native.fail(path .. " defines " .. kind.word .. " '" .. own
      .. "', and plugins provide things by the names of their files: name the file " .. own
      .. ".lua in plugin.lua as well, or write name = \"" .. wanted .. "\" in it")
  end
  return value, full
end

-- A table whose fields are looked up among plugins, or read as paths of .lua files, when they are asked for. `helpers`
-- of the kind stand before plugins; `call` is what calling the table does.
function definitions.registry(kind, call)
  local components = part "components"
  local loaded, paths = {}, {}
  local helpers = kind.helpers or {}
  return setmetatable({}, {
    __index = function(_, name)
      if name ~= nil and helpers[name] ~= nil then
        return helpers[name]
      end
      -- As the command line writes it: rll{alpha=0.45}.
      local value = type(name) == "string" and name:find("[{}]") and components.parse(name, function(fault)
        native.fail(kind.word .. " '" .. name .. "': " .. fault)
      end) or name
      local component = components.resolve(kind.registry, value, kind.word)
      if component then
        return component
      end
      name = value
      if type(name) ~= "string" then
        native.fail("nj." .. kind.registry .. " is indexed by name, for example nj." .. kind.registry .. "[\"name\"]")
      end
      if loaded[name] ~= nil then
        native.uses_definition(paths[name])
        return loaded[name]
      end
      if definitions.is_path(name) then
        return (load_definition(kind, name, native.where_am_i():match("^(.*):%d+$")))
      end
      loaded[name], paths[name] = load_provided(kind, name)
      return loaded[name]
    end,
    __newindex = function()
      native.fail("nj." .. kind.registry .. " is filled by plugins: put a file into a plugin, or give its path")
    end,
    __pairs = function(registry)
      local names = native.provided_names(kind.provides)
      local position = 0
      return function()
        position = position + 1
        local name = names[position]
        if name ~= nil then
          return name, registry[name]
        end
      end
    end,
    __tostring = function()
      return "nj." .. kind.registry .. ": " .. table.concat(native.provided_names(kind.provides), ", ")
    end,
    __call = call and native.expose(call),
    __metatable = false,
  })
end

return definitions
