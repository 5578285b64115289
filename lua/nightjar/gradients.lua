-- nj.grad and nj.value_and_grad: the function runs once, on tensors that stand for its argument.
local part = ...
local declare = part "declare" "Gradients"
local walk = part "walk"
local native, is_tensor = native, nj.is_tensor
local type, getmetatable, pairs = type, getmetatable, pairs
local table_pack, table_unpack = table.pack, table.unpack

-- Ends a differentiation, also when the function fails.
local scope = setmetatable({}, { __close = function() native.end_differentiation() end })

-- The parameters of a model are differentiated by where they are: `places` remembers them by path.
local function wrap_model(model, variables)
  local places = {}
  for path, parameter in pairs(native.parameter_variables(model)) do
    variables[#variables + 1] = parameter
    places[path] = #variables
  end
  return model, places
end

-- Copies nested tables of tensors, each tensor replaced by a variable; `places` remembers where each was.
local function wrap(value, variables, name, trail)
  if is_tensor(value) then
    local variable = native.variable(value)
    variables[#variables + 1] = variable
    return variable, #variables
  end
  if native.is_model(value) then
    return wrap_model(value, variables)
  end
  if type(value) ~= "table" then
    native.fail("nj." .. name .. " expects a tensor, a model, or tables of tensors, to differentiate by; got "
      .. (value == nil and "nil" or "a " .. type(value)))
  end
  local copy, places = {}, {}
  walk.enter(trail, value)
  for key, item in pairs(value) do
    copy[key], places[key] = wrap(item, variables, name, trail)
  end
  walk.leave(trail, value)
  return copy, places
end

local function arrange(places, gradients)
  if type(places) == "number" then
    return gradients[places + 1]
  end
  local result = {}
  for key, place in pairs(places) do
    result[key] = arrange(place, gradients)
  end
  return result
end

local function is_callable(value)
  if type(value) == "function" then
    return true
  end
  local meta = type(value) == "table" and getmetatable(value)
  return type(meta) == "table" and meta.__call ~= nil
end

local function check_function(name, f)
  if not is_callable(f) then
    native.fail("nj." .. name .. " expects a function first, got "
      .. (is_tensor(f) and "a tensor: hand over the function itself, for example function(x) return x:sum() end"
        or f == nil and "nil" or "a " .. type(f)) .. "\n  usage: nj." .. name .. "(f, x, ...)")
  end
end

local function check_value(value)
  if is_tensor(value) then
    return
  elseif value == nil then
    native.fail("the function to differentiate returned nothing: did it forget 'return'?")
  end
  native.fail("the function to differentiate must return a tensor, it returned a " .. type(value)
    .. " (a Lua number has lost its history: leave out :item())")
end

-- By tensors in tables.
local function differentiate(name, f, x, ...)
  local variables = {}
  local input, places = wrap(x, variables, name, walk.trail("nj." .. name))
  if #variables == 0 then
    native.fail("nj." .. name .. " got no tensor to differentiate by")
  end
  local results = table_pack(f(input, ...))
  check_value(results[1])
  local gradients = native.gradients(results[1], variables)
  return gradients[1], arrange(places, gradients), table_unpack(results, 2, results.n)
end

-- By one tensor, the most frequent case.
local function finish(variable, value, ...)
  check_value(value)
  local computed, gradient = native.gradient(value, variable)
  return computed, gradient, ...
end

declare.call("nj.value_and_grad", {
  doc = "The value of f at x, the gradient there in the form of x, and what else f returned.",
  parameters = {
    { "f", "fun(x: any, ...: any): nightjar.Tensor, ...", "returns a tensor of one element" },
    { "x", "nightjar.Tensor|nightjar.Layer|table", "a tensor, a model (its parameters), or tables of tensors" },
    { "...", "any", "handed on to f" },
  },
  returns = "tensor, any, ...",
  example = [[
local value, gradient = nj.value_and_grad(function(x) return (x * x):sum() end, nj.tensor({ 1, 2, 3 }))
value      --> 14
gradient   --> {2, 4, 6}]],
})

function nj.value_and_grad(f, x, ...)
  check_function("value_and_grad", f)
  native.begin_differentiation()
  local open <close> = scope -- luacheck: ignore
  if is_tensor(x) then
    local variable = native.variable(x)
    return finish(variable, f(variable, ...))
  end
  return differentiate("value_and_grad", f, x, ...)
end

local function without_first(_, ...)
  return ...
end

declare.call("nj.grad", {
  doc = "The gradient of f at x, in the form of x, and what else f returned. Gradients of gradients nest.",
  parameters = {
    { "f", "fun(x: any, ...: any): nightjar.Tensor, ...", "returns a tensor of one element" },
    { "x", "nightjar.Tensor|nightjar.Layer|table", "a tensor, a model (its parameters), or tables of tensors" },
    { "...", "any", "handed on to f" },
  },
  returns = "any, ...",
  example = [[
local function cube(x) return (x ^ 3):sum() end
nj.grad(cube, nj.tensor({ 1, 2 }))                                                        --> {3, 12}
nj.grad(function(x) return nj.grad(cube, x):sum() end, nj.tensor({ 1, 2 }))               --> {6, 12}
nj.grad(function(p) return (p.w * p.b):sum() end, { w = nj.ones(2), b = nj.full(2, 3) }).w --> {3, 3}]],
})

function nj.grad(f, x, ...)
  check_function("grad", f)
  native.begin_differentiation()
  local open <close> = scope -- luacheck: ignore
  return without_first(differentiate("grad", f, x, ...))
end

return true
