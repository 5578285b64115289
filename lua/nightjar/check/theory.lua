-- What is certain of a loss from the graph that it records (NightjarTheory): docs/theory.md.
local part = ...
local text = part "check/text"

local theory = {}

-- Two batches, with as many samples as tell them from classes: what a loss reads off one of them is another number in
-- the other. Of the second the predictions are sure, for losses that look at how sure they are.
local function batch(subject, name, classes, scale)
  local rows = classes == 3 and 4 or 3
  local logits = subject.logits("theory " .. name, rows, classes, scale):copy()
  return logits, subject.labels("theory " .. name, rows, classes)
end

--- What is proven, by name, or `reason`: why nothing is.
function theory.of(subject, classes)
  if subject.is_batch then
    return { reason = "it is one number for the whole batch" }
  elseif subject.is_own or subject.is_binary then
    return { reason = "its labels are no classes" }
  elseif subject.draws_numbers or (subject.draws_numbers == nil and subject:draws()) then
    return { reason = "it draws random numbers" }
  end
  -- Outside of a gradient the tape works out and forgets what it has from time to time: inside of one, both graphs stay
  -- as the loss recorded them, whatever the script still holds of them.
  local found
  local logits, labels = batch(subject, "first", classes, 2)
  local other_logits, other_labels = batch(subject, "second", classes, 30)
  nj.grad(function(both)
    local first, second = both[1], both[2]
    local values, other_values = subject:values(first, labels), subject:values(second, other_labels)
    found = native.theory(values, first, labels, other_values, second, other_labels)
    return first:sum() + second:sum()
  end, { logits, other_logits })
  return found
end

-- Five digits, the last one up or down where what is cut off matters to a bound.
local function bound(value, up)
  if math.abs(value) < 1e-12 then
    return "0"
  end
  local shown = tonumber(string.format("%.5g", value))
  local unit = 10.0 ^ (math.floor(math.log(math.abs(value), 10)) - 4)
  if up and shown < value - 1e-12 * math.abs(value) then
    shown = shown + unit
  elseif not up and shown > value + 1e-12 * math.abs(value) then
    shown = shown - unit
  end
  return text.number(shown)
end

--- A line on the bounds that are proven; nil where there are none.
function theory.bounds(found)
  local low, high = table.unpack(found.bounds or {})
  if low == nil then
    return nil
  elseif low > -math.huge and high < math.huge then
    return string.format("bounded, proven: %s to %s", bound(low, false), bound(high, true))
  elseif low > -math.huge then
    return string.format("at least %s%s, proven", bound(low, false),
      found.unbounded and ", and without an upper bound" or "")
  elseif high < math.huge then
    return string.format("at most %s, proven", bound(high, true))
  end
  return nil
end

-- `equal logits`, `logits (8, 0, 0, ...)`
local function prediction(logits)
  local last = 0
  for i, value in ipairs(logits) do
    if value ~= 0 then
      last = i
    end
  end
  if last == 0 then
    return "equal logits"
  end
  local shown = {}
  for i = 1, math.min(last + 1, #logits) do
    shown[i] = text.number(logits[i])
  end
  return "logits (" .. table.concat(shown, ", ") .. (last + 1 < #logits and ", ..." or "") .. ")"
end

--- A line on two predictions whose sums differ; nil where there is none.
function theory.counter_example(found)
  local example = found.counter_example
  if example == nil then
    return nil
  end
  local first, second = text.number(example.first_sum), text.number(example.second_sum)
  if first == second then
    local difference = example.second_sum - example.first_sum
    second = first .. (difference < 0 and " - " or " + ") .. text.number(math.abs(difference))
  end
  return string.format("counter-example: %s at %s, %s at %s", first, prediction(example.first), second,
    prediction(example.second))
end

--- Lines on what theorems say of noise.
function theory.noise(found, classes)
  local lines = {}
  if found.uniform_rate then
    if found.by_class then
      lines[1] = "where the clean risk can be 0, robust also to noise that differs between classes, if each keeps its "
        .. "own label more often than it gets any other (theorem 3 there)"
    end
    return lines
  end
  local low, high = table.unpack(found.sum or {})
  -- A difference of rounding is none that a bound is about.
  if low and low > -math.huge and high < math.huge and high - low > 1e-12 * math.max(1, math.abs(high)) then
    lines[1] = string.format("at a rate r of uniform noise the clean risk exceeds its least value by at most %s r / "
      .. "(%d - %d r), proven (Zhang & Sabuncu 2018, theorem 1)", bound(high - low, true), classes - 1, classes)
  end
  if found.asymmetry then
    lines[#lines + 1] = string.format("asymmetry ratio %s: the risk is least where the true class is sure, below the "
      .. "rate %s (Zhou et al. 2021)", text.number(found.asymmetry), bound(found.asymmetric_rate, false))
  end
  return lines
end

return theory
