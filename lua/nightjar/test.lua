-- Tests of scripts: local test = require "nightjar.test"; test("name", function(t) t.equal(1 + 1, 2) end).

local registered = {}
local test = {}

local function show(value)
  if type(value) == "string" then
    return string.format("%q", value)
  elseif type(value) == "table" then
    local items = {}
    for i, item in ipairs(value) do
      items[i] = show(item)
    end
    return "{ " .. table.concat(items, ", ") .. " }"
  end
  return tostring(value)
end

local function plain(value)
  return nj.is_tensor(value) and value:totable() or value
end

local function fail(message)
  native.fail(message)
end

local function differs(actual, expected, tolerance, path)
  if type(actual) == "table" and type(expected) == "table" then
    for key in pairs(expected) do
      if actual[key] == nil then
        return path .. "[" .. tostring(key) .. "] is missing"
      end
    end
    for key, value in pairs(actual) do
      if expected[key] == nil then
        return path .. "[" .. tostring(key) .. "] is one too many: " .. show(value)
      end
      local found = differs(value, expected[key], tolerance, path .. "[" .. tostring(key) .. "]")
      if found then
        return found
      end
    end
    return nil
  end
  if tolerance and type(actual) == "number" and type(expected) == "number" then
    if actual == expected or math.abs(actual - expected) <= tolerance then
      return nil
    end
    return string.format("%s is %.17g, expected %.17g within %g", path, actual, expected, tolerance)
  end
  if actual == expected then
    return nil
  end
  return path .. " is " .. show(actual) .. ", expected " .. show(expected)
end

local checks = {}

--- The same value; tensors and tables are compared entry by entry.
function checks.equal(actual, expected)
  local found = differs(plain(actual), plain(expected), nil, "value")
  if found then
    fail(found)
  end
end

--- Numbers within a tolerance, also in tensors and tables.
function checks.near(actual, expected, tolerance)
  local found = differs(plain(actual), plain(expected), tolerance or 1e-6, "value")
  if found then
    fail(found)
  end
end

--- Anything but nil and false.
function checks.ok(value, message)
  if not value then
    fail(message or "expected a true value, got " .. tostring(value))
  end
end

--- The function fails with exactly this message.
function checks.error(f, expected)
  local succeeded, message = pcall(f)
  if succeeded then
    fail("expected an error, there was none")
  elseif expected ~= nil and tostring(message) ~= expected then
    fail("the message is\n" .. tostring(message) .. "\nexpected\n" .. expected)
  end
end

--- The function fails with a message that contains this text.
function checks.error_with(f, text)
  local succeeded, message = pcall(f)
  if succeeded then
    fail("expected an error, there was none")
  elseif not tostring(message):find(text, 1, true) then
    fail("the message is\n" .. tostring(message) .. "\nwhich does not contain\n" .. text)
  end
end

function test.module(name, body)
  if type(name) ~= "string" or type(body) ~= "function" then
    fail("usage: test(\"what holds\", function(t) ... end)")
  end
  registered[#registered + 1] = { name = name, body = body }
end

function test.registered()
  local names = {}
  for i, entry in ipairs(registered) do
    names[i] = entry.name
  end
  return names
end

function test.run(index)
  registered[index].body(checks)
end

return test
