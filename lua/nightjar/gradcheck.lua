-- nj.gradcheck: gradients against central differences, in float64.
local part = ...
local declare = part "declare" "Gradients"
local params = part "params"

local options = {
  { "epsilon", "number", "the step of the differences, times the size of the entry where that is above 1",
    default = 1e-5, range = { type = "number", above = 0, max = 1 } },
  { "tolerance", "number", "how far both may lie apart, times their size where that is above 1", default = 1e-6,
    range = { type = "number", min = 0 } },
  { "order", "integer", "2 checks gradients of gradients", default = 1,
    range = { type = "integer", min = 1, max = 2 } },
  { "entries", "integer", "at most so many entries are checked, chosen by the seed", default = 1000,
    range = { type = "integer", min = 1 } },
  { "seed", "integer", "of the weights that make one number of what f returns", default = 1 },
  { "raise", "boolean", "false: a wrong gradient is reported and no error", default = true },
}

-- Floating tensors among nested tables, in a fixed order, as float64; `name` is how messages call each.
local function collect(value, name, list)
  if nj.is_tensor(value) then
    if value:dtype() == "float32" or value:dtype() == "float64" then
      list[#list + 1] = { name = name, tensor = value:double():copy() }
      return #list
    end
    return value
  elseif type(value) ~= "table" then
    native.fail("nj.gradcheck expects a tensor, or tables of tensors, as inputs; got "
      .. (value == nil and "nil" or "a " .. type(value)))
  end
  local keys, form = {}, {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    local inner = type(key) == "number" and "[" .. key .. "]" or "." .. tostring(key)
    form[key] = collect(value[key], name .. inner, list)
  end
  return form
end

-- The inputs again, with these tensors in the places of those that were collected.
local function arranged(form, tensors)
  if type(form) == "number" then
    return tensors[form]
  elseif nj.is_tensor(form) then
    return form
  end
  local result = {}
  for key, item in pairs(form) do
    result[key] = arranged(item, tensors)
  end
  return result
end

-- One number of a tensor: a sum with weights that depend on the seed, so that no two errors cancel.
local function projected(tensor, seed, name)
  local weights = nj.randn(tensor:shape(), { seed = seed, name = name, dtype = "float64" })
  return (tensor * weights):sum()
end

local function scalar_function(f, form, seed)
  return function(tensors)
    local value = f(arranged(form, tensors))
    if not nj.is_tensor(value) then
      native.fail("the function to check must return a tensor, it returned "
        .. (value == nil and "nothing: did it forget 'return'?" or "a " .. type(value)))
    elseif value:dtype() ~= "float64" then
      native.fail("the function to check returned " .. value:dtype() .. " for float64 inputs: in less than float64, "
        .. "differences drown in rounding")
    end
    return projected(value, seed, "gradcheck")
  end
end

local function second_order(f, seed)
  return function(tensors)
    local total
    for i, gradient in ipairs(nj.grad(f, tensors)) do
      local term = projected(gradient, seed, "gradcheck/" .. i)
      total = total and total + term or term
    end
    return total
  end
end

-- Where entry `flat` (from 1) stands in a shape, as text.
local function position(flat, shape)
  local indices, rest = {}, flat - 1
  for axis = #shape, 1, -1 do
    indices[axis] = rest % shape[axis] + 1
    rest = rest // shape[axis]
  end
  return indices
end

-- All entries, or as many as are asked for.
local function chosen(inputs, most, seed)
  local entries = {}
  for input, item in ipairs(inputs) do
    for flat = 1, item.tensor:numel() do
      entries[#entries + 1] = { input = input, flat = flat }
    end
  end
  if #entries <= most then
    return entries
  end
  local order, some = nj.random_stream(seed, "gradcheck"):permutation(#entries):totable(), {}
  for i = 1, most do
    some[i] = entries[order[i]]
  end
  table.sort(some, function(a, b)
    return a.input < b.input or a.input == b.input and a.flat < b.flat
  end)
  return some
end

-- The slope along one entry.
local function difference(f, tensors, entry, numbers, shape, epsilon)
  local kept, own = numbers[entry.flat], tensors[entry.input]
  local step = epsilon * math.max(1, math.abs(kept))
  local function at(x)
    numbers[entry.flat] = x
    tensors[entry.input] = nj.tensor(numbers, { dtype = "float64" }):reshape(shape)
    return f(tensors):item()
  end
  local above, below = kept + step, kept - step
  local slope = (at(above) - at(below)) / (above - below)
  numbers[entry.flat], tensors[entry.input] = kept, own
  return slope
end

local function compare(f, inputs, settings)
  local tensors, numbers, shapes, gradients = {}, {}, {}, {}
  for i, item in ipairs(inputs) do
    tensors[i] = item.tensor
  end
  for i, gradient in ipairs(nj.grad(f, tensors)) do
    numbers[i], shapes[i] = tensors[i]:reshape(-1):totable(), tensors[i]:shape()
    gradients[i] = gradient:reshape(-1):totable()
  end
  local report = { checked = 0, wrong = 0, error = 0 }
  for _, entry in ipairs(chosen(inputs, settings.entries, settings.seed)) do
    local i = entry.input
    local gradient = gradients[i][entry.flat]
    local slope = difference(f, tensors, entry, numbers[i], shapes[i], settings.epsilon)
    local size = math.max(1, math.abs(gradient), math.abs(slope))
    local off = gradient == slope and 0 or math.abs(gradient - slope) / size
    report.checked = report.checked + 1
    local fits = off <= settings.tolerance
    if not fits then
      report.wrong = report.wrong + 1
    end
    -- What is not a number is worse than anything.
    if report.input == nil or off ~= off or off > report.error then
      report.error, report.input, report.position = off, inputs[i].name, position(entry.flat, shapes[i])
      report.gradient, report.difference = gradient, slope
    end
    if off ~= off then
      break
    end
  end
  return report
end

declare.call("nj.gradcheck", {
  doc = "Compares the gradient of f with central differences in float64. Returns true and a report (error, input, "
    .. "position, gradient, difference of the worst entry; checked, wrong), or fails with the worst entry. f may "
    .. "return a tensor of any shape; whole numbers among the inputs (labels) are left as they are.",
  parameters = {
    { "f", "fun(inputs: any): nightjar.Tensor" },
    { "inputs", "nightjar.Tensor|table", "a tensor, or tables of tensors" },
  },
  options = options,
  returns = "boolean, table",
  example = [[
(nj.gradcheck(function(x) return x:log_softmax() end, nj.randn(2, 3)))                    --> true
(nj.gradcheck(function(x) return x:exp():sum() end, nj.tensor({ 1, 2 }), { order = 2 }))  --> true]],
})

function nj.gradcheck(f, inputs, given)
  local settings = params.options("nj.gradcheck", given, options)
  local list = {}
  local form = collect(inputs, "inputs", list)
  if #list == 0 then
    native.fail("nj.gradcheck got no float32 or float64 tensor to differentiate by")
  end
  local scalar = scalar_function(f, form, settings.seed)
  if settings.order == 2 then
    scalar = second_order(scalar, settings.seed)
  end
  local report = compare(scalar, list, settings)
  if report.wrong == 0 then
    return true, report
  elseif not settings.raise then
    return false, report
  end
  native.fail(string.format("the gradient with respect to %s is wrong at (%s): it is %.10g, differences give %.10g"
    .. "\n  %d of %d entries differ by more than %g", report.input, table.concat(report.position, ", "),
    report.gradient, report.difference, report.wrong, report.checked, settings.tolerance))
end

return true
