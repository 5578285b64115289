-- nj.host: what the program that runs Nightjar gives its scripts: functions, and objects of types of its own.
local part = ...
local params = part "params"

local host = {}

-- By name: functions, and the methods of types.
local functions, types = {}, {}
-- The number by which the program knows an object; scripts never see it, so none can be made up.
local numbers = setmetatable({}, { __mode = "k" })
-- Numbers of objects that scripts no longer hold. A finalizer may run in the middle of another call of the program, so
-- it only notes them; the next call tells.
local dropped = {}

--- The numbers that were noted, once.
function host.dropped()
  local list = dropped
  dropped = {}
  return list
end

-- A program's object as a script holds it.
local function object(type_name, number)
  local made = setmetatable({}, types[type_name].class)
  numbers[made] = number
  return made
end

-- What came back: the names of the types of what are objects, then the values.
local function received(kinds, ...)
  local values = table.pack(...)
  for i, kind in ipairs(kinds) do
    if kind ~= "" then
      values[i] = object(kind, values[i])
    end
  end
  return table.unpack(values, 1, values.n)
end

-- Calls the program: objects go by their numbers, and where they stand is told beside.
local function call(number, ...)
  local arguments, objects = table.pack(...), {}
  for i = 1, arguments.n do
    local argument = arguments[i]
    if argument ~= nil and numbers[argument] then
      arguments[i], objects[#objects + 1] = numbers[argument], i
    end
  end
  return received(native.call_host(number, objects, host.dropped(), table.unpack(arguments, 1, arguments.n)))
end

local function caller(number)
  return native.expose(function(...)
    return call(number, ...)
  end)
end

--- nj.host.<name> calls the program's function of that number.
function host.add_function(name, number)
  functions[name] = caller(number)
end

--- A type of the program's: the numbers of its methods by name.
function host.add_type(name, methods)
  local callers = {}
  for method, number in pairs(methods) do
    callers[method] = caller(number)
  end
  types[name] = {
    class = {
      __name = name, __metatable = false,
      __index = function(_, field)
        if callers[field] then
          return callers[field]
        end
        native.fail(params.with_article(name) .. " has no '" .. tostring(field) .. "'"
          .. params.suggestion(tostring(field), params.names_of(callers)))
      end,
      __newindex = function(_, field)
        native.fail(params.with_article(name) .. " of the program does not change: '" .. tostring(field)
          .. "' cannot be set")
      end,
      __tostring = function()
        return name
      end,
      __gc = function(self)
        dropped[#dropped + 1] = numbers[self]
      end,
    },
  }
end

nj.host = setmetatable({}, {
  __index = function(_, name)
    if functions[name] then
      return functions[name]
    end
    local names = params.names_of(functions)
    native.fail("nj.host has no '" .. tostring(name) .. "'" .. params.suggestion(tostring(name), names)
      .. (#names > 0 and "\n  this program gives " .. table.concat(names, ", ")
        or "\n  this program gives its scripts no functions"))
  end,
  __newindex = function()
    native.fail("nj.host is filled by the program that runs the script")
  end,
  __pairs = function()
    return next, functions
  end,
  __metatable = false,
})

return host
