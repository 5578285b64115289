-- nj.optimizer and nj.optim: the rule by which one parameter changes, in tensor operations.
local part = ...
local declare = part "declare" "Optimizers"
local definitions = part "definitions"
local params = part "params"
local schedules = part "schedules"
local starting = part "optimizers/starting"
local native, nj, rawget = native, nj, rawget

local optimizers = {}

-- A key that is no parameter's name, and that scripts which meet it cannot put anything into.
local function key()
  return (native.sealed {})
end

-- What an object holds there is seen by this file only: of(object, key) gives it back.
local secret <const> = {}

local function hidden(value)
  return value and function(asked)
    return rawequal(asked, secret) and value or nil
  end
end

local function of(object, name)
  local behind = object[name]
  return behind and behind(secret)
end

-- Where an object keeps what is no parameter of it: its guard, what it remembers, the optimizer inside it, and the
-- schedules that drive parameters.
local guarded, remembered, wrapped, driven = key(), key(), key(), key()

local Optimizer = {}
Optimizer.methods = {}

local known_fields, required = declare.fields("nightjar.OptimizerFields", "What nj.optimizer takes.", {
  { "name", "string", "what messages and files call the optimizer" },
  { "doc", "string", "one line", optional = true },
  definitions.params_field,
  { "state", "any", "what it remembers of each parameter, by name: how it starts, which is \"zeros\", \"ones\", "
    .. "\"weights\", a number or function(self, w); or a function(self) that returns such a table", optional = true,
    annotation = "table<string, string|number|function> | fun(self: table): table" },
  { "perturb", "function", "perturb(self, w, g, total) returns other weights, at which the step's gradient is then "
    .. "taken: the trainer records a second pass over the same batch", optional = true,
    annotation = "fun(self: table, w: nightjar.Tensor, g: nightjar.Tensor, total: nightjar.Tensor): nightjar.Tensor" },
  { "measure", "function", "measure(self, w, g) makes a number of each parameter and its gradient; perturb gets their "
    .. "sum, which is that of all squares of gradients where there is no measure", optional = true,
    annotation = "fun(self: table, w: nightjar.Tensor, g: nightjar.Tensor): nightjar.Tensor" },
  { "example", "table", "parameters with which nightjar check makes one", optional = true,
    annotation = "table<string, any>" },
  { "update", "function",
    "update(self, w, g, state, rate, step) returns the new parameter and puts new states into state",
    annotation = "fun(self: table, w: nightjar.Tensor, g: nightjar.Tensor, state: table<string, nightjar.Tensor>, "
      .. "rate: nightjar.Tensor|number, step: nightjar.Tensor|number): nightjar.Tensor" },
  definitions.check_field,
})

declare.class("nightjar.Optimizer", { doc = "An optimizer with its parameters." })

local kind = {
  word = "optimizer", maker = "optimizer", registry = "optim", class = "nightjar.Optimizer", doc = "Optimizers",
  fields = known_fields, required = required, axis = "optimizer", provides = "optimizers",
  check = "check/optimizers", scaffold = "optimizer", explained = true, watched = true,
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

declare.call("optimizer:start", {
  class = "nightjar.Optimizer",
  doc = "The state of one parameter before the first update.",
  parameters = { { "w", "nightjar.Tensor", "the parameter" } },
  returns = "table<string, nightjar.Tensor>",
})

function Optimizer.methods.start(self, w)
  local state = {}
  for name in pairs(of(self, remembered)) do
    state[name] = starting.first(self, name, w)
  end
  return state
end

-- What update sees as its state: declared names only, tensors only. Made once an object; `values` changes from call
-- to call.
local function make_guard(definition, slots)
  local guard = {}
  local function check(name)
    if slots[name] == nil then
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
        native.fail("state '" .. name .. "' of " .. definition.owner .. " must stay a tensor, got "
          .. params.a_kind(value))
      end
      guard.values[name] = value
    end,
  })
  return guard
end

-- Parameters that are numbers can be given schedules: those are kept apart.
function kind.split(definition, given)
  if type(given) ~= "table" or nj.is_tensor(given) then
    return given
  end
  local plain, drives = {}, {}
  for name, value in pairs(given) do
    local spec = definition.specs[name]
    local is_number = name ~= "names" and spec and (spec.type == "number" or type(spec.default) == "number")
    if is_number and schedules.is_schedule(value) then
      if spec.type == "integer" then
        native.fail(string.format("parameter '%s' of %s must be an integer, got %s", name, definition.owner,
          tostring(value)))
      end
      -- Until a step is made it has a value that is certainly allowed.
      drives[name], plain[name] = value, spec.default or spec.min or 0
    else
      plain[name] = value
    end
  end
  return plain, drives
end

function kind.make(definition, values, drives)
  values[wrapped], values[driven] = false, hidden(drives and next(drives) and drives or false)
  for _, name in ipairs(definition.specs.names) do
    if definition.specs[name].type == "optimizer" and values[name] then
      if rawget(values[name], "definition").perturb then
        native.fail(string.format("%s cannot wrap %s, which takes its gradient at other weights: wrap it the other way "
          .. "round, as in nj.optim.%s { optimizer = nj.optim.%s { ... } }", definition.owner, tostring(values[name]),
          rawget(values[name], "definition").name, definition.name))
      end
      values[wrapped] = hidden { name = name, object = values[name], prefix = name .. "." }
    end
  end
  local object = definitions.object(Optimizer, definition, values)
  if not values[driven] then
    definitions.check(definition, object)
  end
  local slots = starting.slots(object, of(values, wrapped))
  rawset(object, remembered, hidden(slots))
  rawset(object, guarded, hidden(make_guard(definition, slots)))
  return object
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

-- What a step by hand is given: a parameter, its gradient, and what `start` or the last step gave.
local step_range = { type = "integer", min = 1 }

local function check_step(self, w, g, state, step)
  local owner = rawget(self, "definition").owner
  if not (nj.is_tensor(w) and nj.is_tensor(g)) then
    native.fail(string.format("a step of %s expects a parameter and its gradient, two tensors, got %s and %s", owner,
      definitions.describe(w), definitions.describe(g)))
  elseif not native.same_shape(w, g) then
    native.fail(string.format("a step of %s got a gradient of shape %s for a parameter of shape %s", owner,
      params.shape_text(g), params.shape_text(w)))
  elseif w:dtype() ~= g:dtype() then
    native.fail(string.format("a step of %s got a gradient of %s for a parameter of %s", owner, g:dtype(), w:dtype()))
  elseif type(state) ~= "table" or nj.is_tensor(state) then
    native.fail(string.format("a step of %s expects its state, which optimizer:start(w) gives, got %s", owner,
      definitions.describe(state)))
  end
  return step ~= nil and params.checked("the number of a step of " .. owner, step_range, step) or nil
end

function Optimizer.methods.step(self, w, g, state, rate, step)
  step = check_step(self, w, g, state, step)
  local values = {}
  for name in pairs(of(self, remembered)) do
    values[name] = state[name]
  end
  optimizers.drive(self, 1, type(step) == "number" and step or 1)
  local result = optimizers.advance(self, w, g, values, rate, step)
  optimizers.check_result(self, w, result)
  return result, values
end

--- What update returns. `values`, which holds the state and nothing else, takes the state after it.
function optimizers.advance(self, w, g, values, rate, step)
  local guard = of(self, guarded)
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
  return of(self, remembered)
end

-- ---- An optimizer inside another ------------------------------------------------------------------------------------

declare.call("optimizer:inner", {
  class = "nightjar.Optimizer",
  doc = "For an optimizer that wraps another, which it has as a parameter of type \"optimizer\": the parameter "
    .. "after an "
    .. "update by the one inside. What that one remembers is part of the state.",
  parameters = {
    { "w", "nightjar.Tensor", "the parameter" }, { "g", "nightjar.Tensor", "its gradient" },
    { "state", "table<string, nightjar.Tensor>" }, { "rate", "nightjar.Tensor|number", "the learning rate" },
    { "step", "nightjar.Tensor|number", "from 1" },
  },
  returns = "tensor",
})

function Optimizer.methods.inner(self, w, g, state, rate, step)
  local inner = of(self, wrapped)
  if not inner then
    native.fail(rawget(self, "definition").owner .. " wraps no optimizer: declare a parameter of type "
      .. "\"optimizer\", as in "
      .. "params = { optimizer = { type = \"optimizer\" } }")
  end
  local values = {}
  for name in pairs(of(inner.object, remembered)) do
    values[name] = state[inner.prefix .. name]
  end
  local result = optimizers.advance(inner.object, w, g, values, rate, step)
  optimizers.check_result(inner.object, w, result)
  for name, value in pairs(values) do
    state[inner.prefix .. name] = value
  end
  return result
end

-- ---- Parameters that schedules drive --------------------------------------------------------------------------------

--- Sets the parameters that are driven, also those of an optimizer inside, to their values at a step.
function optimizers.drive(self, epoch, step, run)
  local definition, drives = rawget(self, "definition"), of(self, driven)
  for _, name in ipairs(drives and definition.specs.names or {}) do
    if drives[name] then
      local value = drives[name](epoch, step, run)
      local owner = "parameter '" .. name .. "' of " .. definition.owner
      rawset(self, name, params.checked(owner, definition.specs[name], value))
    end
  end
  if drives then
    definitions.check(definition, self)
  end
  if of(self, wrapped) then
    optimizers.drive(of(self, wrapped).object, epoch, step, run)
  end
end

--- The schedules that drive parameters of an optimizer or of one inside it, in order.
function optimizers.drives(self, list)
  list = list or {}
  for _, name in ipairs(rawget(self, "definition").specs.names) do
    list[#list + 1] = of(self, driven) and of(self, driven)[name] or nil
  end
  return of(self, wrapped) and optimizers.drives(of(self, wrapped).object, list) or list
end

--- The schedules that drive parameters of this one, by name; nil where there are none.
function optimizers.driven(self)
  return of(self, driven) or nil
end

--- The optimizer inside, or nil.
function optimizers.wrapped(self)
  return of(self, wrapped) and of(self, wrapped).object or nil
end

-- ---- A gradient at other weights ------------------------------------------------------------------------------------

--- Whether the step's gradient is taken at weights that differ from the parameter's.
function optimizers.looks_ahead(self)
  return rawget(self, "definition").perturb ~= nil
end

declare.call("optimizer:perturbed", {
  class = "nightjar.Optimizer",
  doc = "Where the gradient of a step is taken, for a parameter that is alone in its model: w itself, but for an "
    .. "optimizer such as SAM.",
  parameters = { { "w", "nightjar.Tensor", "the parameter" }, { "g", "nightjar.Tensor", "its gradient" } },
  returns = "tensor",
})

function Optimizer.methods.perturbed(self, w, g)
  if not optimizers.looks_ahead(self) then
    return w
  end
  return self:moved(w, g, self:part(w, g))
end

function Optimizer.methods.part(self, w, g)
  local definition = rawget(self, "definition")
  local value = definition.measure and definition.measure(self, w, g) or g:square():sum()
  if not nj.is_tensor(value) then
    error(string.format("%s: measure of %s must return a tensor, it returned %s",
      definitions.place_of(definition.measure), definition.owner, definitions.describe(value)), 0)
  end
  return value
end

function Optimizer.methods.moved(self, w, g, total)
  local definition = rawget(self, "definition")
  local value = definition.perturb(self, w, g, total)
  if not nj.is_tensor(value) then
    error(string.format("%s: perturb of %s must return weights, it returned %s",
      definitions.place_of(definition.perturb), definition.owner,
      value == nil and "nothing: did it forget 'return'?" or definitions.describe(value)), 0)
  end
  return value
end

kind.methods = definitions.expose(Optimizer.methods)

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

part "kinds".declare(kind, declare)

function optimizers.is_optimizer(value)
  return type(value) == "table" and getmetatable(value) == Optimizer
end

-- The same optimizer with some of its parameters set anew; `others` are names that could have been meant as well. What
-- an optimizer that wraps another does not know is meant for the one inside.
function optimizers.changed(optimizer, changes, others, owner)
  local definition = rawget(optimizer, "definition")
  local names, given, inner = { table.unpack(others) }, {}, {}
  for _, name in ipairs(definition.specs.names) do
    names[#names + 1] = name
    given[name] = of(optimizer, driven) and of(optimizer, driven)[name] or rawget(optimizer, name)
  end
  for name, value in pairs(changes) do
    if type(name) == "string" and name ~= "names" and definition.specs[name] ~= nil then
      given[name] = value
    elseif of(optimizer, wrapped) then
      inner[name] = value
    else
      native.fail(string.format("%s has no field '%s'%s\n  fields are %s", owner, tostring(name),
        params.suggestion(tostring(name), names), table.concat(names, ", ")))
    end
  end
  if next(inner) ~= nil then
    given[of(optimizer, wrapped).name] = optimizers.changed(of(optimizer, wrapped).object, inner, names, owner)
  end
  return definitions.create(kind, definition, given)
end

return optimizers
