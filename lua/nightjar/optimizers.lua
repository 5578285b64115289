-- nj.optimizer and nj.optim: the rule by which one parameter changes, in tensor operations.
local part = ...
local definitions = part "definitions"
local params = part "params"

local Optimizer = {}
Optimizer.methods = {}

local kind = {
  word = "optimizer",
  maker = "optimizer",
  registry = "optim",
  fields = {
    name = "string", doc = "string", params = "table", state = "table", update = "function", example = "table",
  },
  required = { "update" },
}

function kind.make(definition, values)
  return definitions.object(Optimizer, definition, values)
end

function Optimizer.__index(self, field)
  if Optimizer.methods[field] ~= nil then
    return Optimizer.methods[field]
  end
  return definitions.unknown_field(self, field)
end

function Optimizer.__newindex(self, field)
  native.fail(rawget(self, "definition").owner .. " does not change: '" .. tostring(field)
    .. "' cannot be set; what it remembers goes into its state")
end

function Optimizer.__tostring(self)
  return rawget(self, "definition").owner
end

local starts = {
  zeros = nj.zeros_like, ones = nj.ones_like,
  weights = function(w)
    return w:copy()
  end,
}

--- The state of one parameter before the first update.
function Optimizer.methods.start(self, w)
  local definition = rawget(self, "definition")
  local state = {}
  for name, start in pairs(definition.state or {}) do
    if type(start) == "function" then
      state[name] = start(self, w)
    elseif type(start) == "number" then
      state[name] = nj.full({}, start, { dtype = w:dtype() })
    elseif starts[start] then
      state[name] = starts[start](w)
    else
      native.fail(string.format("state '%s' of %s starts as \"zeros\", \"ones\", \"weights\", a number or a function, "
        .. "got %s", name,
        definition.owner, tostring(start)))
    end
  end
  return state
end

-- What update sees as its state: declared names only, tensors only. Made once an object; `values` changes from call
-- to call.
local function guard_of(self, definition)
  local known = rawget(self, "guard")
  if known then
    return known
  end
  local guard = {}
  local function check(name)
    if definition.state == nil or definition.state[name] == nil then
      native.fail(definition.owner .. " has no state '" .. tostring(name) .. "': declare it with state = { ... }")
    end
  end
  guard.proxy = setmetatable({}, {
    __index = function(_, name)
      local value = guard.values[name]
      if value == nil then
        check(name)
      end
      return value
    end,
    __newindex = function(_, name, value)
      check(name)
      if not nj.is_tensor(value) then
        native.fail("state '" .. name .. "' of " .. definition.owner .. " must stay a tensor, got a " .. type(value))
      end
      guard.values[name] = value
    end,
  })
  rawset(self, "guard", guard)
  return guard
end

--- The parameter after one update, and its state after it. Nothing that was given changes.
function Optimizer.methods.step(self, w, g, state, rate, step)
  local definition = rawget(self, "definition")
  local guard, values = guard_of(self, definition), {}
  for name in pairs(definition.state or {}) do
    values[name] = state[name]
  end
  guard.values = values
  local result = definition.update(self, w, g, guard.proxy, rate, step)
  if not nj.is_tensor(result) then
    error(definitions.place_of(definition.update) .. ": update of " .. definition.owner
      .. " must return the new parameter, it returned "
      .. (result == nil and "nothing: did it forget 'return'?" or "a " .. type(result)), 0)
  end
  if not native.same_shape(w, result) then
    error(string.format("%s: update of %s made shape (%s) out of a parameter of shape (%s)",
      definitions.place_of(definition.update), definition.owner, table.concat(result:shape(), ", "),
      table.concat(w:shape(), ", ")), 0)
  end
  return result, values
end

-- What is remembered for each parameter, by name: how each starts.
function Optimizer.methods.slots(self)
  return rawget(self, "definition").state or {}
end

definitions.expose(Optimizer.methods)

--- Defines an optimizer.
function nj.optimizer(fields)
  return definitions.define(kind, fields)
end

nj.optim = definitions.registry(kind, "optimizers")

local optimizers = {}

function optimizers.is_optimizer(value)
  return type(value) == "table" and getmetatable(value) == Optimizer
end

-- The same optimizer with some of its parameters set anew; `others` are names that could have been meant as well.
function optimizers.changed(optimizer, changes, others, owner)
  local definition = rawget(optimizer, "definition")
  local names, given = { table.unpack(others) }, {}
  for _, name in ipairs(definition.specs.names) do
    names[#names + 1] = name
    given[name] = rawget(optimizer, name)
  end
  for name, value in pairs(changes) do
    if type(name) ~= "string" or definition.specs[name] == nil then
      native.fail(string.format("%s has no field '%s'%s\n  fields are %s", owner, tostring(name),
        params.suggestion(tostring(name), names), table.concat(names, ", ")))
    end
    given[name] = value
  end
  return kind.make(definition, params.resolve(definition.owner, definition.specs, given))
end

return optimizers
