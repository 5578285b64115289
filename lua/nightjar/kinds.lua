-- Kinds of things that plugins provide: losses, noise models, schedules, ... Each is declared once, beside what makes
-- one; the plugin loader, registries, `nightjar check`, `new`, `explain`, the reference and messages ask here.
--
--   kinds.declare({
--     word = "loss",              -- what messages call one
--     maker = "loss",             -- nj.loss { ... } defines one
--     registry = "losses",        -- nj.losses.rll finds one
--     provides = "losses",        -- what plugin.lua calls them, where that is not the registry's name
--     axis = "loss",              -- the axis or setting that holds one in experiments
--     class = "nightjar.Loss",    -- what is made, for the reference
--     doc = "Losses",             -- begins the sentence of the reference
--     fields = ..., required = ..., common = ...,   -- what the definition's table holds (declare.fields)
--     make = function(definition, values, apart) end, split = ...   -- how an object is made (definitions.lua)
--     begin = function(fields) end,   -- what is wrong with fields beyond their types; optional
--     check = "check/losses",     -- the part of the library that holds what nightjar check asks
--     scaffold = "loss",          -- the folder of lua/nightjar/scaffolds from which nightjar new writes one
--     explained = true,           -- nightjar explain shows the plan of one
--     watched = true,             -- run --watch takes a changed file into a training that goes on
--     fixed = { "keeps_labels" }, -- fields that must not change then
--   }, declare)
--
-- A plugin declares a kind of its own in a file that it lists under provides.kinds: see nj.kind.
local part = ...
local declare = part "declare" "Plugins"
local definitions = part "definitions"
local params = part "params"

local kinds = {}

-- In the order of declaration.
local list = {}
local by_word, by_provides = {}, {}

local function enter(kind)
  kind.provides = kind.provides or kind.registry
  if by_word[kind.word] or by_provides[kind.provides] then
    native.fail("there is a kind '" .. kind.word .. "' already, of which plugins provide '" .. kind.provides .. "'")
  end
  list[#list + 1], by_word[kind.word], by_provides[kind.provides] = kind, kind, kind
  return kind
end

--- Declares a kind: nj gets its maker and its registry. `group` is the declare of its file, to whose group of the
-- reference the registry belongs. Returns the kind.
function kinds.declare(kind, group)
  enter(kind)
  if kind.registry == nil then
    return kind
  end
  local function define(fields)
    if kind.begin and type(fields) == "table" then
      kind.begin(fields)
    end
    return definitions.define(kind, fields)
  end
  -- A kind whose maker and registry have one name (nj.noise) calls its registry to define one.
  local is_one = kind.maker == kind.registry
  local declared = group or declare
  declared.registry(kind.registry, kind.class, kind.doc .. " by name; a path to a .lua file works as well."
    .. (is_one and " Called with " .. kind.fields_class .. ", it defines one." or ""),
    is_one and "fun(fields: " .. kind.fields_class .. "): fun(parameters?: table<string, any>): " .. kind.class or nil)
  nj[kind.registry] = definitions.registry(kind, is_one and function(_, fields)
    return define(fields)
  end or nil)
  if not is_one then
    nj[kind.maker] = define
  end
  return kind
end

--- The kind of a word ("loss"), or nil.
function kinds.of(word)
  return by_word[word]
end

--- The kind that plugins call so ("losses"), or nil.
function kinds.provided(name)
  return by_provides[name]
end

--- The kind whose objects an axis or setting of this name holds, or nil.
function kinds.on_axis(name)
  for _, kind in ipairs(list) do
    if kind.axis == name then
      return kind
    end
  end
end

--- The names of axes that hold components, in alphabetical order.
function kinds.axes()
  local names = {}
  for _, kind in ipairs(list) do
    names[#names + 1] = kind.axis
  end
  table.sort(names)
  return names
end

--- All kinds, in the order of declaration.
function kinds.all()
  return table.move(list, 1, #list, 1, {})
end

--- The kinds for which `holds` is true, as a sentence has them: "losses, noise models and schedules". `word` says how
-- one is called there, by default by its plural.
function kinds.phrase(holds, last, word)
  local words = {}
  for _, kind in ipairs(list) do
    if holds(kind) then
      words[#words + 1] = word and word(kind) or kind.plural or kind.word .. "s"
    end
  end
  if #words < 2 then
    return words[1] or "nothing"
  end
  return table.concat(words, ", ", 1, #words - 1) .. " " .. last .. " " .. words[#words]
end

-- What the host asks: its loader knows kinds by what plugins call them.
function kinds.facts()
  local facts = {}
  for i, kind in ipairs(list) do
    facts[i] = {
      provides = kind.provides, word = kind.word, registry = kind.registry, scaffold = kind.scaffold,
      scaffold_text = kind.scaffold_text,
      checked = kind.check ~= nil, explained = kind.explained == true, watched = kind.watched == true,
    }
  end
  return facts
end

-- Kinds of plugins: a file that a plugin lists under provides.kinds returns what nj.kind made.
local made_by_plugins = setmetatable({}, { __mode = "k" })

local kind_fields, kind_required = declare.fields("nightjar.KindFields", "What nj.kind takes.", {
  { "word", "string", "what messages call one: probe" },
  { "plural", "string", "what plugins provide and nj finds them by, which is also the name of the file: probes" },
  { "doc", "string", "one line", optional = true },
  { "fields", "table", "what one is defined by, beside name, doc, params, example and check: { name, type, doc, "
    .. "optional = true } each. Functions among them become methods of what is made; `call` is what calling one does",
    annotation = "{ [1]: string, [2]: string, [3]: string, optional?: boolean }[]" },
  { "check", "function", "check(object) returns what nightjar check asks: { name = ..., run = function() return { "
    .. "verdict = \"ok\", \"note\" or \"FAIL\", text = ... } end } each", optional = true,
    annotation = "fun(object: table): { name: string, run: fun(): table }[]" },
  { "scaffold", "string", "the text of a file that defines one, NAME in the place of its name", optional = true },
})

declare.call("nj.kind", {
  doc = "Declares a kind of thing that plugins provide, beside losses and the like: nj.<word> { ... } defines one, "
    .. "nj.<plural> finds them, nightjar check and nightjar new know it. It stands in a file of its own, which the "
    .. "plugin lists under provides.kinds.",
  parameters = { { "fields", "nightjar.KindFields" } },
  returns = "nightjar.Kind",
})
declare.class("nightjar.Kind", { doc = "A kind of thing that plugins provide." })

local function is_name(text)
  return text:match("^%a[%w_]*$") ~= nil
end

-- Objects of such a kind: parameters and methods.
local function class_of(given, methods)
  local class = {}
  function class.__index(self, field)
    local definition = rawget(self, "definition")
    if methods[field] and definition[field] then
      return definition[field]
    end
    return definitions.unknown_field(self, field)
  end
  function class.__newindex(self, field)
    native.fail(rawget(self, "definition").owner .. " does not change: '" .. tostring(field) .. "' cannot be set")
  end
  function class.__tostring(self)
    return rawget(self, "definition").owner
  end
  if methods.call then
    class.__call = native.expose(function(self, ...)
      return rawget(self, "definition").call(self, ...)
    end)
  end
  class.__name, class.__metatable = "nightjar." .. given.word, false
  return class
end

function nj.kind(given)
  params.check_fields("nj.kind", "nj.kind", given, kind_fields, kind_required)
  for _, field in ipairs { "word", "plural" } do
    if not is_name(given[field]) then
      native.fail("nj.kind: '" .. field .. "' is a name of letters, digits and _, got " .. params.show(given[field]))
    end
  end
  local types = { name = "string", doc = "string", params = "table", example = "table", check = "function" }
  local required, methods = { "name" }, {}
  for i, field in ipairs(given.fields) do
    local name, wanted = field[1], field[2]
    if type(name) ~= "string" or type(wanted) ~= "string" or not is_name(name) then
      native.fail("nj.kind: field " .. i .. " is written as { \"measure\", \"function\", \"what it does\" }")
    elseif types[name] then
      native.fail("nj.kind: every kind has a field '" .. name .. "': it is not declared again")
    end
    types[name] = wanted
    methods[name] = wanted == "function" or nil
    if not field.optional then
      required[#required + 1] = name
    end
  end
  local class = class_of(given, methods)
  local kind = {
    word = given.word, plural = given.plural, maker = given.word, registry = given.plural,
    doc = given.doc or given.plural,
    class = "table", fields = types, required = required, methods = methods, scaffold_text = given.scaffold,
    described = given.fields,
    check = given.check and { begin = function(object)
      return given.check(object)
    end },
    make = function(definition, values)
      return definitions.check(definition, definitions.object(class, definition, values))
    end,
  }
  local handle = setmetatable({}, { __name = "nightjar.Kind", __metatable = false, __tostring = function()
    return "kind '" .. given.word .. "'"
  end })
  made_by_plugins[handle] = kind
  return handle
end

-- What the reference and editors are told of the kind of a plugin.
local function describe(kind)
  local class = "nightjar." .. kind.word:gsub("^%l", string.upper) .. "Fields"
  local fields = { { "name", "string", "what messages and files call it" },
    { "doc", "string", "one line", optional = true }, definitions.params_field,
    { "example", "table", "parameters with which it can be tried", optional = true, annotation = "table<string, any>" },
    definitions.check_field }
  for _, field in ipairs(kind.described) do
    local doc = type(field[3]) == "string" and field[3] or ""
    fields[#fields + 1] = { field[1], field[2], doc, optional = field.optional }
  end
  local group = part "declare" "Kinds of plugins"
  group.fields(class, "What nj." .. kind.maker .. " takes.", fields)
  group.call("nj." .. kind.maker, {
    doc = "Defines one of the " .. kind.plural .. ": " .. kind.doc .. ".", parameters = { { "fields", class } },
    returns = "fun(parameters?: table<string, any>): table",
  })
  return group
end

-- Which files were read, whatever came of it: one that fails says so once.
local read = {}

--- Declares the kinds that plugins bring, where that has not happened yet.
function kinds.read_plugins()
  for _, name in ipairs(native.provided_names("kinds")) do
    if not read[name] then
      read[name] = true
      local found = native.provided("kinds", name)
      if found.several then
        native.fail("several plugins declare the kind '" .. name .. "': " .. found.several)
      end
      local handle = native.load_file(found.path)()
      local kind = type(handle) == "table" and made_by_plugins[handle]
      if not kind then
        native.fail(found.path .. " must return nj.kind { ... }, it returned " .. params.a_kind(handle))
      elseif kind.plural ~= name then
        native.fail(found.path .. " declares '" .. kind.plural .. "': the file's name says '" .. name .. "'")
      elseif rawget(nj, kind.maker) or rawget(nj, kind.registry) then
        native.fail(found.path .. ": nj has a '" .. (rawget(nj, kind.maker) and kind.maker or kind.registry)
          .. "' already: choose another word")
      end
      kinds.declare(kind, describe(kind))
      nj[kind.maker] = native.expose(nj[kind.maker])
    end
  end
end

-- What is no field of nj's own by name, but found by those who know it.
enter { word = "data set", provides = "data", scaffold = "data" }
enter { word = "experiment", provides = "experiments", scaffold = "experiment" }
enter { word = "kind", provides = "kinds" }

return kinds
