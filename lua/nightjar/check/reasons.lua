-- Why a loss is no finite number somewhere, or has no gradient: the operation, its line, and what to write instead.
local part = ...
local definitions = part "definitions"
local text = part "check/text"

local reasons = {}

local scope = setmetatable({}, { __close = function() native.end_differentiation() end })

-- What to write instead, by the operation and whether it is its gradient that breaks.
local advice = {
  log = "a probability that rounds to 0 has no logarithm: take logits:log_softmax() instead of softmax():log(), or "
    .. "hold it up with :maximum(1e-12)",
  log1p = "the logarithm of 0: hold its operand above -1, for example with :maximum(-1 + 1e-7)",
  exp = "exp of large numbers overflows: subtract the largest logit first, as softmax and logsumexp do",
  expm1 = "exp of large numbers overflows: subtract the largest logit first, as softmax and logsumexp do",
  pow = "a power below 1 has an infinite slope at 0: write it as (q * logits:log_softmax()):exp(), or hold the base "
    .. "up with :maximum(1e-20)",
  sqrt = "a root has an infinite slope at 0: add a small number below it, or hold it up with :maximum(1e-20)",
  rsqrt = "one over a root is infinite at 0: add a small number below it",
  div = "a division by 0: hold the divisor up with :maximum(1e-12)",
  reciprocal = "a division by 0: hold the divisor up with :maximum(1e-12)",
  mul = "0 times infinity is nan: choose with nj.where instead of multiplying by a mask, or keep the number finite",
  sub = "infinity minus infinity is nan: keep both finite",
  add = "infinity minus infinity is nan: keep both finite",
}

--- What breaks at these logits, computed on a tape of its own: the operation with its line, or nil.
local function culprit(subject, logits, labels)
  native.begin_differentiation()
  local open <close> = scope -- luacheck: ignore
  local variable = native.variable(logits)
  return native.numerics(subject:total(variable, labels), variable)
end

local function first_bad(mask)
  for row, fine in ipairs(mask:totable()) do
    if not fine then
      return row
    end
  end
end

local function bad_number(numbers)
  local worst
  for _, number in ipairs(numbers) do
    if number ~= number then
      return number
    elseif math.abs(number) == math.huge then
      worst = number
    end
  end
  return worst
end

local function row_text(logits, row)
  local numbers = logits:totable()[row]
  if #numbers > 10 then
    numbers = table.move(numbers, 1, 10, 1, {})
  end
  return text.list(numbers)
end

--- A complaint about a value or gradient that is not finite at these logits, or nil. One line says what and where.
function reasons.not_finite(subject, logits, labels, dtype)
  local values, gradient = subject:values(logits, labels), select(2, subject:gradient(logits, labels))
  if subject.is_batch then
    values = values:expand(logits:size(1))
  end
  local what, number
  local row = first_bad(values:isfinite())
  if row then
    what, number = "the value", values:totable()[row]
  else
    row = first_bad(gradient:isfinite():all(-1))
    if row == nil then
      return nil
    end
    what, number = "an entry of the gradient", bad_number(gradient:totable()[row])
  end
  local found, why = culprit(subject, logits, labels), nil
  -- Logits that are not finite are no operation's doing.
  if found and found.operation ~= "leaf" then
    why = string.format("%s'%s'%s is %s", found.in_gradient and "the gradient of " or "", found.operation,
      found.place and " at " .. found.place or "", found.what)
  end
  local label = labels:totable()[row]
  local lines = { "at logits " .. row_text(logits, row)
    .. (type(label) == "table" and ", soft label " .. text.list(label) or ", label " .. label) }
  if found then
    lines[#lines + 1] = found.advice or advice[found.operation]
  end
  return {
    verdict = "FAIL", lines = lines,
    text = string.format("%s is %s in %s%s", what, text.number(number), dtype, why and ": " .. why or ""),
  }
end

--- A complaint about a loss whose gradient does not get to the logits, by the operations it is made of, or nil.
function reasons.no_gradient(subject, logits, labels)
  native.begin_differentiation()
  local open <close> = scope -- luacheck: ignore
  local variable = native.variable(logits)
  local cut = native.gradient_cut(subject:values(variable, labels), variable)
  if cut == nil then
    return nil
  elseif cut.operation == nil then
    return {
      verdict = "FAIL",
      text = "it has no gradient: its values do not depend on the logits, at "
        .. (cut.place or definitions.place_of(subject.loss.definition.forward)),
      lines = { "numbers that are read with totable or item have lost their history: work with tensors throughout" },
    }
  end
  return {
    verdict = "FAIL",
    text = string.format("it has no gradient: %s%s passes none on, and nothing would be learned", cut.operation,
      cut.place and " at " .. cut.place or ""),
    lines = { "a loss is made of operations that have one, such as log_softmax and pick; to count errors, write a "
      .. "metric" },
  }
end

return reasons
