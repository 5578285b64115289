-- nj.optimizer and nj.optim: the rule by which one parameter changes, in tensor operations.
local part = ...
local declare = part "declare" "Optimizers"
local definitions = part "definitions"
local params = part "params"
local native, nj, rawget = native, nj, rawget

local optimizers = {}

-- Where an object keeps its guard: no parameter has this name.
local guarded = {}

local Optimizer = {}
Optimizer.methods = {}

local known_fields, required = declare.fields("nightjar.OptimizerFields", "What nj.optimizer takes.", {
  { "name", "string", "what messages and files call the optimizer" },
  { "doc", "string", "one line", optional = true },
  { "params", "table", "its parameters, each { default = ..., min = ..., max = ..., choices = ..., doc = ... }",
    optional = true, annotation = "table<string, any>" },
  { "state", "table", "what it remembers of each parameter: \"zeros\", \"ones\" or a number, by name", optional = true,
    annotation = "table<string, \"zeros\"|\"ones\"|number>" },
  { "example", "table", "parameters with which nightjar check makes one", optional = true,
    annotation = "table<string, any>" },
  { "update", "function",
    "update(self, w, g, state, rate, step) returns the new parameter and puts new states into state",
    annotation = "fun(self: table, w: nightjar.Tensor, g: nightjar.Tensor, state: table<string, nightjar.Tensor>, "
      .. "rate: nightjar.Tensor|number, step: nightjar.Tensor|number): nightjar.Tensor" },
  definitions.check_field,
})

declare.class("nightjar.Optimizer", { doc = "An optimizer with its parameters." })

declare.registry("optim", "nightjar.Optimizer", "Optimizers by name; a path to a .lua file works as well.")

local kind = {
  word = "optimizer",
  maker = "optimizer",
  registry = "optim",
  fields = known_fields,
  required = required,
}

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

declare.call("optimizer:start", {
  class = "nightjar.Optimizer",
  doc = "The state of one parameter before the first update.",
  parameters = { { "w", "nightjar.Tensor", "the parameter" } },
  returns = "table<string, nightjar.Tensor>",
})

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
local function make_guard(definition)
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
  return guard
end

function kind.make(definition, values)
  values[guarded] = make_guard(definition)
  return definitions.check(definition, definitions.object(Optimizer, definition, values))
end

declare.call("optimizer:step", {
  class = "nightjar.Optimizer",
  doc = "The parameter after one update, and its state after it. Nothing that was given changes.",
  parameters = {
    { "w", "nightjar.Tensor", "the parameter" }, { "g", "nightjar.Tensor", "its gradient" },
    { "state", "table<string, nightjar.Tensor>" }, { "rate", "nightjar.Tensor|number", "the learning rate" },
    { "step", "nightjar.Tensor|number", "from 1" },
  },
  returns = "tensor, table<string, nightjar.Tensor>",
  example = [[
local sgd = nj.optim.sgd {}
local w = nj.tensor({ 1, 2 })
(sgd:step(w, nj.ones(2), sgd:start(w), 0.5, 1)) --> {0.5, 1.5}]],
})

local function shape_text(t)
  return "(" .. table.concat(t:shape(), ", ") .. ")"
end

-- What a step by hand is given: a parameter, its gradient, and what `start` or the last step gave.
local function check_step(self, w, g, state)
  local owner = rawget(self, "definition").owner
  if not (nj.is_tensor(w) and nj.is_tensor(g)) then
    native.fail(string.format("a step of %s expects a parameter and its gradient, two tensors, got %s and %s", owner,
      definitions.describe(w), definitions.describe(g)))
  elseif not native.same_shape(w, g) then
    native.fail(string.format("a step of %s got a gradient of shape %s for a parameter of shape %s", owner,
      shape_text(g), shape_text(w)))
  elseif w:dtype() ~= g:dtype() then
    native.fail(string.format("a step of %s got a gradient of %s for a parameter of %s", owner, g:dtype(), w:dtype()))
  elseif type(state) ~= "table" or nj.is_tensor(state) then
    native.fail(string.format("a step of %s expects its state, which optimizer:start(w) gives, got %s", owner,
      definitions.describe(state)))
  end
end

function Optimizer.methods.step(self, w, g, state, rate, step)
  check_step(self, w, g, state)
  local values = {}
  for name in pairs(rawget(self, "definition").state or {}) do
    values[name] = state[name]
  end
  local result = optimizers.advance(self, w, g, values, rate, step)
  optimizers.check_result(self, w, result)
  return result, values
end

--- What update returns. `values`, which holds the state and nothing else, takes the state after it.
function optimizers.advance(self, w, g, values, rate, step)
  local guard = self[guarded]
  guard.values = values
  local result = self.definition.update(self, w, g, guard.proxy, rate, step) -- no tail call: tracebacks name 'update'
  return result
end

--- Raises an error unless what update returned can be the new parameter.
function optimizers.check_result(self, w, result)
  local definition = self.definition
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
end

-- What is remembered for each parameter, by name: how each starts.
function Optimizer.methods.slots(self)
  return rawget(self, "definition").state or {}
end

definitions.expose(Optimizer.methods)

declare.call("nj.optimizer", {
  doc = "Defines an optimizer: the rule by which one parameter changes. What comes back is called with values for its "
    .. "parameters.",
  parameters = { { "fields", "nightjar.OptimizerFields" } },
  returns = "fun(parameters?: table<string, any>): nightjar.Optimizer",
  example = [[
local heavy_ball = nj.optimizer {
  name = "heavy_ball",
  params = { momentum = { default = 0.9, min = 0, max = 1 } },
  state = { velocity = "zeros" },
  update = function(self, w, g, state, rate)
    state.velocity = self.momentum * state.velocity + g
    return w - rate * state.velocity
  end,
}
tostring(heavy_ball {}) --> "optimizer 'heavy_ball'"]],
})

function nj.optimizer(fields)
  return definitions.define(kind, fields)
end

nj.optim = definitions.registry(kind, "optimizers")

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
