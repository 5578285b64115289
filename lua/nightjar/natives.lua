-- nj.native: what the native libraries of plugins add, by the name of the plugin: operations on tensors, readers of
-- data files, metrics. (`native`, without nj, is what the library's own files may call.)
local part = ...
local declare = part "declare" "Native plugins"
local custom = part "custom"
local params = part "params"

declare.class("nightjar.NativeLibrary", {
  doc = "The native library of a plugin, as nj.native.NAME gives it. Its operations are its fields: each takes its "
    .. "tensors, then its numbers in a table by name. Loading one needs --trust, or a folder that the user's "
    .. "configuration trusts.",
  fields = {
    { "readers", "table<string, fun(path: string): nightjar.Tensor, nightjar.Tensor, integer>",
      "read a file: the inputs, the labels from 1, and how many classes there are" },
    { "metrics", "table<string, fun(evaluation: nightjar.Evaluation): number>", "work on what an evaluation saw" },
    { "[string]", "fun(...: nightjar.Tensor|table<string, number>): nightjar.Tensor", "an operation" },
  },
})

declare.class("nightjar.native", {
  doc = "Native libraries by the plugin that has one.",
  fields = { { "[string]", "nightjar.NativeLibrary", "a library, loaded when it is asked for first" } },
})

-- "2 tensors (logits, labels) and a table of numbers (smoothing)"
local function phrase(facts)
  local count = #facts.inputs
  local text = string.format("%d tensor%s (%s)", count, count == 1 and "" or "s", table.concat(facts.inputs, ", "))
  return #facts.attributes == 0 and text
    or text .. " and a table of numbers { " .. table.concat(facts.attributes, ", ") .. " }"
end

-- What is wrong with the numbers that a call has by name.
local function check_numbers(facts, given)
  params.check_names(facts.owner, given, facts.attributes, "number")
  for _, name in ipairs(facts.attributes) do
    if given[name] ~= nil and type(given[name]) ~= "number" then
      native.fail(facts.owner .. ": '" .. name .. "' is a number, got " .. params.a_kind(given[name]))
    end
  end
end

-- All numbers of a call by name, as rules in Lua get them.
local function by_name(facts, given)
  local named, own = {}, given and native.unsealed(given) or {}
  for i, name in ipairs(facts.attributes) do
    named[name] = rawget(own, name) or facts.standards[i]
  end
  return named
end

-- What is wrong with the arguments of a call.
local function check(facts, ...)
  local count, given = #facts.inputs, select("#", ...)
  for i = 1, count do
    local operand = (select(i, ...))
    if not nj.is_tensor(operand) then
      native.fail(facts.owner .. " takes " .. phrase(facts) .. "; '" .. facts.inputs[i] .. "' is "
        .. (operand == nil and "missing" or params.a_kind(operand)))
    end
  end
  local last = (select(count + 1, ...))
  if given > count + 1 or last ~= nil and type(last) ~= "table" then
    native.fail(facts.owner .. " takes " .. phrase(facts) .. ", got "
      .. (given > count + 1 and given .. " arguments" or params.a_kind(last) .. " behind the tensors"))
  end
  check_numbers(facts, last or {})
end

local function apply(facts, ...)
  return native.native_call(facts.number, ...) or check(facts, ...)
end

local function apply_with_rule(facts, rule, ...)
  local value = apply(facts, ...)
  local count = #facts.inputs
  local operands = table.pack(...)
  local named = by_name(facts, operands[count + 1])
  operands[count + 1], operands.n = nil, count
  return custom.with_rule({ name = facts.title, owner = facts.owner, backward = rule, rule = "the gradient rule",
    call = "it" }, value, operands, function(gradient, output)
    operands[count + 1] = named
    return rule(gradient, output, table.unpack(operands, 1, count + 1))
  end)
end

-- The rules in Lua that a plugin gives its operations, by name.
local function read_rules(plugin, library)
  if library.gradients == nil then
    return {}
  end
  local rules = native.load_file(library.gradients)()
  local where = library.gradients .. " of plugin '" .. plugin .. "'"
  if type(rules) ~= "table" then
    native.fail(where .. " returns gradient rules by the names of operations, { twice = function(dy, y, x) ... end }; "
      .. "it returned " .. (rules == nil and "nothing: did it forget 'return'?" or params.a_kind(rules)))
  end
  local known = params.names_of(library.operations)
  for name, rule in pairs(rules) do
    if library.operations[name] == nil then
      native.fail(where .. " has a rule for '" .. tostring(name) .. "', which is no operation of its library"
        .. params.suggestion(tostring(name), known))
    elseif type(rule) ~= "function" then
      native.fail(where .. ": the rule for '" .. name .. "' is a function, got " .. params.a_kind(rule))
    end
  end
  return rules
end

-- A table that does not change, whose missing fields are errors.
local function fixed(what, fields, text)
  return setmetatable({}, {
    __index = function(_, name)
      if fields[name] ~= nil then
        return fields[name]
      end
      local names = params.names_of(fields)
      native.fail(what .. " has no '" .. tostring(name) .. "'" .. params.suggestion(tostring(name), names)
        .. (#names > 0 and "\n  it has " .. table.concat(names, ", ") or ""))
    end,
    __newindex = function(_, name)
      native.fail(what .. " does not change: '" .. tostring(name) .. "' cannot be set")
    end,
    __pairs = function()
      return next, fields
    end,
    __tostring = function()
      return text
    end,
    __metatable = false,
  })
end

-- What a metric counts: labels that are left out are not seen by it.
local function metric(plugin, name)
  return native.expose(function(evaluation)
    local logits, labels, predictions = evaluation.logits, evaluation.labels, evaluation.predictions
    local keep = evaluation.keep
    if keep ~= nil then
      local at = keep:nonzero()
      logits, labels, predictions = logits:index(1, at), labels:index(1, at), predictions:index(1, at)
    end
    return native.native_metric(plugin, name, logits:float(), labels:int(), predictions:int())
  end)
end

local function reader(plugin, name)
  return native.expose(function(path)
    if type(path) ~= "string" then
      native.fail("reader '" .. plugin .. "." .. name .. "' takes the path of a file, got " .. params.a_kind(path))
    end
    return native.native_read(plugin, name, path)
  end)
end

local function load(plugin)
  local library = native.native_library(plugin)
  local fields, listed = {}, {}
  local rules = read_rules(plugin, library)
  for name, facts in pairs(library.operations) do
    facts.owner = "operation '" .. facts.title .. "'"
    local rule = rules[name]
    fields[name] = native.expose(rule and function(...)
      return apply_with_rule(facts, rule, ...)
    end or function(...)
      return apply(facts, ...)
    end)
    listed[#listed + 1] = name
  end
  table.sort(listed)
  local metrics, readers = {}, {}
  for _, name in ipairs(library.metrics) do
    metrics[name] = metric(plugin, name)
  end
  for _, name in ipairs(library.readers) do
    readers[name] = reader(plugin, name)
  end
  local what = "the native library of plugin '" .. plugin .. "'"
  fields.metrics = fixed("metrics of " .. what, metrics, "metrics of " .. what)
  fields.readers = fixed("readers of " .. what, readers, "readers of " .. what)
  return fixed(what, fields, what .. ": operations " .. table.concat(listed, ", "))
end

local loaded = {}

nj.native = setmetatable({}, {
  __index = function(_, plugin)
    if type(plugin) ~= "string" then
      native.fail("nj.native is indexed by the name of a plugin, for example nj.native.fused")
    end
    loaded[plugin] = loaded[plugin] or load(plugin)
    return loaded[plugin]
  end,
  __newindex = function()
    native.fail("nj.native is filled by plugins: 'native' in a plugin.lua names a library")
  end,
  __metatable = false,
})

return true
