-- What nightjar plugins check asks of a native operation beyond its memory: float32 against float64, and gradients, the
-- library's own or those in Lua, against differences.
local part = ...
local text = part "check/text"

-- How far float32 may lie from float64, in parts of the largest value.
local float_tolerance = 1e-4

local function largest(t)
  return t:numel() == 0 and 0 or t:abs():max():item()
end

local function compare_types(operation, example)
  local wide = operation(table.unpack(example))
  if wide:dtype() ~= "float64" then
    return nil
  end
  local narrow = {}
  for i, input in ipairs(example) do
    narrow[i] = input:dtype() == "float64" and input:float() or input
  end
  local off = largest(operation(table.unpack(narrow)):double() - wide)
  if off <= float_tolerance * (largest(wide) + 1) then
    return nil
  end
  return { verdict = "FAIL", text = "float32 and float64 differ by " .. text.number(off)
    .. " where the largest value is " .. text.number(largest(wide)) }
end

-- Whether the gradient is that of the values; a note where there is none to ask for.
local function check_gradient(operation, example)
  local floats, at = {}, {}
  for i, input in ipairs(example) do
    if input:dtype() == "float64" then
      floats[#floats + 1], at[#at + 1] = input, i
    end
  end
  local function f(inputs)
    local all = table.move(example, 1, #example, 1, {})
    for i, position in ipairs(at) do
      all[position] = inputs[i]
    end
    return operation(table.unpack(all))
  end
  local ran, fine, report = pcall(nj.gradcheck, f, floats, { raise = false, entries = 200, tolerance = 1e-5 })
  if not ran then
    local message = tostring(fine)
    if message:find("has no gradient for", 1, true) then
      return { verdict = "note", text = "it has no gradient, for " .. (message:match("has no gradient for ('[^']*')")
        or "some input") }
    end
    return { verdict = "FAIL", text = "its gradient: " .. message }
  elseif not fine then
    return { verdict = "FAIL", text = string.format("its gradient for input %d is %s at (%s), differences give %s",
      at[tonumber(report.input:match("%[(%d+)%]"))], text.number(report.gradient),
      table.concat(report.position, ", "), text.number(report.difference)) }
  end
  return { verdict = "ok", text = "its gradient agrees with differences within " .. text.number(report.error) }
end

--- What is found about an operation with some examples, each a list of tensors, floating ones in float64.
return function(plugin, name, examples)
  local operation = nj.native[plugin][name]
  local found
  for _, example in ipairs(examples) do
    local fault = compare_types(operation, example)
    if fault then
      return fault
    end
    if operation(table.unpack(example)):dtype() ~= "float64" then
      return { verdict = "note", text = "it has no gradient: it gives whole numbers" }
    end
    found = check_gradient(operation, example)
    if found.verdict ~= "ok" then
      return found
    end
  end
  return found or { verdict = "note", text = "it was not tried: no example was taken" }
end
