-- Tests of scripts: local test = require "nightjar.test"; test("name", function(t) t.equal(1 + 1, 2) end).

local declare = (...) "declare" "Tests of scripts"

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

declare.class("nightjar.Checks", { doc = "What a test is given." })

declare.call("test", {
  module = "nightjar.test",
  doc = "A test: local test = require \"nightjar.test\". nightjar test runs it.",
  parameters = { { "name", "string", "what holds" }, { "body", "fun(t: nightjar.Checks)" } },
  example = [[
local test = require "nightjar.test"
test("cross-entropy has the gradient that differences show", function(t)
  local labels = nj.tensor({ 1, 3 }, { dtype = "int32" })
  t.ok(nj.gradcheck(function(z) return nj.losses.cce {} (z, labels) end, nj.randn(2, 3), { order = 2 }))
end)]],
})

local checks = {}

declare.call("t.equal", {
  class = "nightjar.Checks",
  static = true,
  doc = "The same value; tensors and tables are compared entry by entry.",
  parameters = { { "actual", "any" }, { "expected", "any" } },
})

function checks.equal(actual, expected)
  local found = differs(plain(actual), plain(expected), nil, "value")
  if found then
    fail(found)
  end
end

declare.call("t.near", {
  class = "nightjar.Checks",
  static = true,
  doc = "Numbers within a tolerance, also in tensors and tables.",
  parameters = {
    { "actual", "any" }, { "expected", "any" }, { "tolerance", "number", "absolute", default_text = "1e-6" },
  },
})

function checks.near(actual, expected, tolerance)
  local found = differs(plain(actual), plain(expected), tolerance or 1e-6, "value")
  if found then
    fail(found)
  end
end

declare.call("t.ok", {
  class = "nightjar.Checks",
  static = true,
  doc = "Anything but nil and false.",
  parameters = { { "value", "any" }, { "message", "string", "what to say otherwise", optional = true } },
})

function checks.ok(value, message)
  if not value then
    fail(message or "expected a true value, got " .. tostring(value))
  end
end

declare.call("t.error", {
  class = "nightjar.Checks",
  static = true,
  doc = "The function fails with exactly this message, or with any.",
  parameters = { { "f", "fun()" }, { "expected", "string", "the whole message", optional = true } },
})

function checks.error(f, expected)
  local succeeded, message = pcall(f)
  if succeeded then
    fail("expected an error, there was none")
  elseif expected ~= nil and tostring(message) ~= expected then
    fail("the message is\n" .. tostring(message) .. "\nexpected\n" .. expected)
  end
end

declare.call("t.error_with", {
  class = "nightjar.Checks",
  static = true,
  doc = "The function fails with a message that contains this text.",
  parameters = { { "f", "fun()" }, { "text", "string" } },
})

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
