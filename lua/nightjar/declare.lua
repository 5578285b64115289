-- Declarations of what is written in Lua, beside the functions themselves: argument checks, the editor definitions and
-- the reference page are made from them, as they are from the host's binding table for what is written in Swift.
--
--   local declare = (...) "declare" "Data"              -- the group on the reference page
--   declare.call("nj.data.load", { doc = ..., parameters = { { name, type, doc, optional = ... } }, returns = ... })
--
-- Types are those of the editor definitions: "string", "integer", "nightjar.Tensor", "fun(x: number): number".
-- Arguments of plain types are checked before the function runs (see `checked`).

local declared = { calls = {}, classes = {}, registries = {} }
local by_path = {}
local collection = {}

--- The declarations that a file makes, under one heading.
local function group(title)
  local declare = {}

  --- A function by its path: "nj.grad", or a method: "data:first". Facts: doc, parameters, options, returns, example.
  function declare.call(path, facts)
    facts.path, facts.group = path, title
    declared.calls[#declared.calls + 1] = facts
    by_path[path] = facts
  end

  --- A kind of object: its fields, what calling one does, and operators, as lines of the editor definitions.
  function declare.class(name, facts)
    facts.name, facts.group = name, title
    declared.classes[#declared.classes + 1] = facts
  end

  --- A field of nj through which plugins' definitions are found: what they make, and what calling the table does.
  function declare.registry(name, class, doc, call)
    local facts = { name = name, class = class, doc = doc, call = call, group = title }
    declared.registries[#declared.registries + 1] = facts
  end

  --- The fields of a table that a function takes, each { name, type, doc, optional = ..., annotation = ... }.
  --- Gives the Lua type of each by name, the names of those that have to be there, and all names in order.
  function declare.fields(name, doc, list)
    declare.class(name, { doc = doc, fields = list })
    local types, required, names = {}, {}, {}
    for i, field in ipairs(list) do
      types[field[1]], names[i] = field[2], field[1]
      if not field.optional then
        required[#required + 1] = field[1]
      end
    end
    return types, required, names
  end

  return declare
end

local checks = {
  ["string"] = { "a string", function(value) return type(value) == "string" end },
  ["number"] = { "a number", function(value) return type(value) == "number" end },
  ["integer"] = { "an integer", function(value) return math.tointeger(value) ~= nil end, math.tointeger },
  ["boolean"] = { "true or false", function(value) return type(value) == "boolean" end },
  ["table"] = { "a table", function(value) return type(value) == "table" end },
  ["function"] = { "a function", function(value) return type(value) == "function" end },
  ["nightjar.Tensor"] = { "a tensor", function(value) return nj.is_tensor(value) end },
}

-- How a script writes a call.
local function usage(facts)
  local names = {}
  for i, parameter in ipairs(facts.parameters) do
    names[i] = parameter.optional and "[" .. parameter[1] .. "]" or parameter[1]
  end
  return facts.path .. "(" .. table.concat(names, ", ") .. ")"
end

--- The function with its plain arguments checked first, as its declaration has them.
function collection.checked(path, f)
  local facts, list = by_path[path], {}
  local shift = path:find(":", 1, true) and 1 or 0
  for i, parameter in ipairs(facts and facts.parameters or {}) do
    local check = checks[parameter[2]]
    if check then
      list[#list + 1] = { position = i + shift, name = parameter[1], phrase = check[1], holds = check[2],
        optional = parameter.optional, becomes = check[3] }
    end
  end
  if #list == 0 then
    return f
  end
  return function(...)
    local changed
    for _, check in ipairs(list) do
      local value = (select(check.position, ...))
      if not check.holds(value) and not (value == nil and check.optional) then
        native.wrong_argument(path:match("[%w_]+$"), check.phrase, check.name, usage(facts), value)
      elseif check.becomes and value ~= nil and math.type(value) == "float" then
        -- Whole numbers may be written as floats.
        changed = changed or table.pack(...)
        changed[check.position] = check.becomes(value)
      end
    end
    if changed then
      return f(table.unpack(changed, 1, changed.n))
    end
    return f(...)
  end
end

collection.declared = declared

return setmetatable(collection, { __call = function(_, title) return group(title) end })
