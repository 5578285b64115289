-- nj.custom: functions whose gradient is what `backward` says, recorded on the same road as everything else.
local part = ...
local declare = part "declare" "Gradients"
local definitions = part "definitions"
local params = part "params"

local fields, required = declare.fields("nightjar.CustomFields", "What nj.custom takes.", {
  { "name", "string", "what messages call the function" },
  { "doc", "string", "one line", optional = true },
  { "forward", "function", "forward(ctx, ...) returns a tensor; what it puts into ctx, backward finds there",
    annotation = "fun(ctx: table, ...: any): nightjar.Tensor" },
  { "backward", "function", "backward(ctx, gradient) returns one gradient for each argument of forward, nil for none",
    annotation = "fun(ctx: table, gradient: nightjar.Tensor): nightjar.Tensor?, ..." },
})

-- Ends what native.begin_rule began, also when backward fails.
local scope = setmetatable({}, { __close = function() native.end_rule() end })

local function fail_at(f, message)
  error(definitions.place_of(f) .. ": " .. message, 0)
end

local function is_floating(value)
  return nj.is_tensor(value) and (value:dtype() == "float32" or value:dtype() == "float64")
end

local function check_value(definition, value)
  if not nj.is_tensor(value) then
    fail_at(definition.forward, "forward of " .. definition.owner .. " must return a tensor, it returned "
      .. (value == nil and "nothing: did it forget 'return'?" or "a " .. type(value)))
  elseif not is_floating(value) then
    fail_at(definition.forward, "forward of " .. definition.owner
      .. " must return a float32 or float64 tensor, it returned " .. value:dtype())
  end
end

-- Pairs of an argument and its gradient, as two lists.
local function routes(definition, arguments, gradients)
  local owner, backward = definition.owner, definition.backward
  local rule, call = definition.rule, definition.call
  if gradients.n > arguments.n then
    fail_at(backward, string.format("%s of %s returned %d gradients, %s takes %d argument%s", rule, owner,
      gradients.n, call, arguments.n, arguments.n == 1 and "" or "s"))
  end
  local operands, rows = {}, {}
  for i = 1, arguments.n do
    local argument, gradient = arguments[i], gradients[i]
    if i > gradients.n and is_floating(argument) then
      fail_at(backward, string.format("%s of %s returned %d gradient%s, it must return one for each of the %d "
        .. "arguments of %s (nil where there is none)", rule, owner, gradients.n, gradients.n == 1 and "" or "s",
        arguments.n, call))
    elseif gradient ~= nil then
      local which = "gradient " .. i .. " of " .. owner
      if not nj.is_tensor(gradient) then
        fail_at(backward, which .. " must be a tensor or nil, " .. rule .. " returned a " .. type(gradient))
      elseif not is_floating(argument) then
        fail_at(backward, which .. " must be nil: argument " .. i .. " of " .. call .. " is "
          .. (nj.is_tensor(argument) and "an " .. argument:dtype() .. " tensor" or "a " .. type(argument))
          .. ", which has no gradient")
      elseif not native.same_shape(argument, gradient) then
        fail_at(backward, string.format(
          "%s must have the shape of its argument, (%s), it has shape (%s)\n  the gradient %s", which,
          table.concat(argument:shape(), ", "), table.concat(gradient:shape(), ", "), native.made_at(gradient)))
      elseif argument:dtype() ~= gradient:dtype() then
        fail_at(backward, string.format("%s must be %s as its argument is, it is %s", which, argument:dtype(),
          gradient:dtype()))
      end
      operands[#operands + 1], rows[#rows + 1] = argument, gradient
    end
  end
  return operands, rows
end

-- Gives a value the rule that `record(gradient, output)` records: one gradient for each of the arguments. The
-- definition says by what words messages call the rule and what has the arguments.
local function with_rule(definition, value, arguments, record)
  native.begin_rule()
  local open <close> = scope -- luacheck: ignore
  local gradient, output = native.placeholders(value)
  local operands, rows = routes(definition, arguments, table.pack(record(gradient, output)))
  return native.custom(definition.name, value, gradient, output, operands, rows)
end

local function apply(definition, ...)
  local ctx = {}
  local value = definition.forward(ctx, ...)
  check_value(definition, value)
  return with_rule(definition, value, table.pack(...), function(gradient, output)
    ctx.output = output
    return definition.backward(ctx, gradient)
  end)
end

declare.call("nj.custom", {
  doc = "A function that brings its own gradient. backward is recorded once a call and becomes part of the plan; "
    .. "ctx.output stands for the function's result there. Where backward can be differentiated, so can the gradient.",
  parameters = { { "fields", "nightjar.CustomFields" } },
  returns = "fun(...: any): nightjar.Tensor",
  example = [[
local round = nj.custom {
  name = "round_straight_through",
  forward = function(ctx, x) return x:round() end,
  backward = function(ctx, gradient) return gradient end,
}
round(nj.tensor({ 0.2, 1.7 }))                                                  --> {0, 2}
nj.grad(function(x) return (round(x) * 3):sum() end, nj.tensor({ 0.2, 1.7 }))   --> {3, 3}]],
})

function nj.custom(given)
  params.check_fields("nj.custom", "a custom function", given, fields, required)
  local definition = { name = given.name, owner = "custom function '" .. given.name .. "'", forward = given.forward,
    backward = given.backward, rule = "backward", call = "forward" }
  return native.expose(function(...)
    return apply(definition, ...)
  end)
end

return { with_rule = with_rule }
