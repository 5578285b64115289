-- Components as values: the name of a loss, a model, ... with parameters, as an axis or a setting may hold it.
--
-- A script writes { "rll", alpha = 0.45 }, the command line rll{alpha=0.45}. Registries take such a value where they
-- take a name: nj.losses[cfg.loss] { ... } has its parameters in front of those given there.
local part = ...
local definitions = part "definitions"
local params = part "params"
local ranges = part "ranges"

local components = {}

local Component = {}
local contents = setmetatable({}, { __mode = "k" })

--- The registry of the components on an axis of this name, or nil; an experiment can say so for names of its own.
function components.registry(axis)
  local kind = part "kinds".on_axis(axis)
  return kind and kind.registry
end

function Component.__tostring(self)
  return components.text(self)
end

function Component.__index(self, name)
  local content = contents[self]
  if name == "name" then
    return content.name
  end
  local value = content.parameters[name]
  if value == nil then
    local names = { "name" }
    for known in pairs(content.parameters) do
      names[#names + 1] = known
    end
    table.sort(names)
    native.fail("component '" .. components.text(self) .. "' has no '" .. tostring(name) .. "'"
      .. params.suggestion(tostring(name), names))
  end
  return value
end

function Component.__newindex(self, name)
  native.fail("component '" .. components.text(self) .. "' does not change: '" .. tostring(name) .. "' cannot be set")
end

function Component.__eq(a, b)
  return components.text(a) == components.text(b)
end

Component.__metatable = false

--- A component of a name and a table of parameters.
function components.make(name, parameters)
  local component = setmetatable({}, Component)
  contents[component] = { name = name, parameters = parameters }
  return component
end

--- Name and parameters, or nil for what is no component.
function components.read(value)
  local content = type(value) == "table" and contents[value]
  if content then
    return content.name, content.parameters
  end
end

--- As files have it: a component as { name =, parameters = }, everything else as it is.
function components.record(value)
  local name, parameters = components.read(value)
  return name and { name = name, parameters = parameters } or value
end

local function parameter_text(value)
  if type(value) == "table" then
    local items = {}
    for i, item in ipairs(value) do
      items[i] = parameter_text(item)
    end
    return "{" .. table.concat(items, ",") .. "}"
  elseif type(value) == "number" then
    return ranges.number(value)
  end
  return tostring(value)
end

--- As the command line has it: rll{alpha=0.45}.
function components.text(component)
  local content = contents[component]
  local names, texts = {}, {}
  for name in pairs(content.parameters) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    texts[i] = name .. "=" .. parameter_text(content.parameters[name])
  end
  return #texts == 0 and content.name or content.name .. "{" .. table.concat(texts, ",") .. "}"
end

--- A value that a script wrote: { "rll", alpha = 0.45 } becomes a component, everything else stays.
function components.from(value, what)
  if type(value) ~= "table" or contents[value] or nj.is_tensor(value) or type(value[1]) ~= "string" then
    return value
  end
  local parameters, count, others = {}, 0, 0
  for key, parameter in pairs(value) do
    if type(key) == "string" then
      parameters[key] = parameter
      count = count + 1
    elseif key ~= 1 then
      others = others + 1
    end
  end
  if count > 0 and others > 0 then
    native.fail(what .. ": a component has one name and parameters by name, as in { \"rll\", alpha = 0.45 }")
  end
  return count > 0 and components.make(value[1], parameters) or value
end

-- What stands in quotes, or nil: "a,b" is one text.
local function unquoted(text)
  return text:match("^\"([^\"]*)\"$") or text:match("^'([^']*)'$")
end

-- A number, true, false, {lists} or a text.
local function parse_value(text, fail)
  text = text:match("^%s*(.-)%s*$")
  local inner = text:match("^{(.*)}$")
  if inner then
    local list = {}
    for i, item in ipairs(components.split(inner, ",", fail)) do
      list[i] = parse_value(item, fail)
    end
    return list
  elseif text == "true" or text == "false" then
    return text == "true"
  end
  return unquoted(text) or tonumber(text) or text
end

--- The parts of a text between separators that stand outside of braces, and of quotes in which a part or a value stands
--- as a whole.
function components.split(text, separator, fail)
  local list, depth, start, begins, quote = {}, 0, 1, true, nil
  for position = 1, #text do
    local character = text:sub(position, position)
    if quote then
      quote = character ~= quote and quote or nil
    elseif begins and character:find("[\"']") and text:find(character, position + 1, true) then
      quote = character
    elseif character == "{" then
      depth = depth + 1
    elseif character == "}" then
      depth = depth - 1
      if depth < 0 then
        fail("'}' without '{'")
      end
    elseif character == separator and depth == 0 then
      list[#list + 1] = text:sub(start, position - 1)
      start = position + 1
    end
    begins = character:find("[,={]") ~= nil or begins and character:find("%s") ~= nil
  end
  if depth > 0 then
    fail("'{' without '}'")
  end
  local last = text:sub(start)
  if last:match("%S") or #list > 0 then
    list[#list + 1] = last
  end
  return list
end

--- rll or rll{alpha=0.45,...} from the command line: a text, or a component. `fail` raises what is wrong.
function components.parse(text, fail)
  text = text:match("^%s*(.-)%s*$")
  local quoted = unquoted(text)
  if quoted then
    return quoted
  end
  local name, inner = text:match("^([^{}]+)(%b{})$")
  if name == nil then
    if text:find("[{}]") then
      fail("a component is written as rll{alpha=0.45}")
    end
    return text
  end
  local parameters = {}
  for _, item in ipairs(components.split(inner:sub(2, -2), ",", fail)) do
    local parameter, value = item:match("^%s*([%w_]+)%s*=(.*)$")
    if parameter == nil then
      fail("'" .. item .. "' is no parameter: write name=value")
    end
    parameters[parameter] = parse_value(value, fail)
  end
  return next(parameters) and components.make(name, parameters) or name
end

--- The component with one parameter more; `value` may be a name alone.
function components.with(value, parameter, parameter_value)
  local name, known = components.read(value)
  local parameters = {}
  for key, entry in pairs(known or {}) do
    parameters[key] = entry
  end
  parameters[parameter] = parameter_value
  return components.make(name or value, parameters)
end

--- Checks a component's parameters against what its plugin declares: names, types and ranges. `what` begins messages.
function components.check(registry, value, what)
  local name, parameters = components.read(value)
  if name == nil then
    return
  end
  local definition = nj[registry][name]
  local specs = definition.specs
  for parameter, given in pairs(parameters) do
    local spec = definitions.parameter(definition, parameter)
    if spec == nil then
      native.fail(what .. ": " .. tostring(definition) .. " has no parameter '" .. parameter .. "'"
        .. params.suggestion(parameter, specs.names) .. (#specs.names > 0 and "\n  parameters are "
        .. table.concat(specs.names, ", ") or "\n  it has no parameters"))
    end
    params.checked(what .. ": parameter '" .. parameter .. "' of " .. tostring(definition), spec, given)
  end
end

--- What a registry gives for a component: its definition with parameters that stand in front of those given later.
function components.resolve(registry, value, kind)
  local name, parameters = components.read(value)
  if name == nil then
    return nil
  end
  components.check(registry, value, kind .. " " .. components.text(value))
  return definitions.with(nj[registry][name], parameters)
end

return components
