---@meta nightjar.test
-- Made by `make docs` from the binding table: do not edit.

---What a test is given.
---@class nightjar.Checks
local Checks = {}

---The same value; tensors and tables are compared entry by entry.
---@param actual any
---@param expected any
function Checks.equal(actual, expected) end

---Numbers within a tolerance, also in tensors and tables.
---@param actual any
---@param expected any
---@param tolerance? number # absolute (default: 1e-6)
function Checks.near(actual, expected, tolerance) end

---Anything but nil and false.
---@param value any
---@param message? string # what to say otherwise
function Checks.ok(value, message) end

---The function fails with exactly this message, or with any.
---@param f fun()
---@param expected? string # the whole message
function Checks.error(f, expected) end

---The function fails with a message that contains this text.
---@param f fun()
---@param text string
function Checks.error_with(f, text) end

---A test: local test = require "nightjar.test". nightjar test runs it.
---@param name string # what holds
---@param body fun(t: nightjar.Checks)
local function test(name, body) end

return test
