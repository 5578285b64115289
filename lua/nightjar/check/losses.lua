-- Checks of a loss: see the names at the end.
local part = ...
local text = part "check/text"
local make_subject = part "check/subject"
local gradients = part "check/gradient"
local reasons = part "check/reasons"
local corners = part "check/corners"
local label_checks = part "check/labels"
local theory = part "check/theory"

local extreme = {
  { 1e4, -1e4, 0, 0 }, { -1e4, 1e4, 1e4, 0 }, { 1e4, 1e4, 1e4, 1e4 }, { -1e4, -1e4, -1e4, -1e4 }, { 1e4, 0, 0, 0 },
  { -1e4, 0, 0, 0 }, { 88, -88, 0, 0 }, { 700, -700, 0, 0 }, { 0, 0, 0, 0 },
}

local function largest(t)
  return t:abs():max():item()
end

-- What rounding leaves of 0 is shown as 0.
local function shown(value)
  return text.number(math.abs(value) < 1e-12 and 0 or value)
end

-- ---- What it returns ------------------------------------------------------------------------------------------------

-- Values for logits of float64, or what is wrong with a loss that float32 suits.
local function of_double(subject, logits, labels)
  local fine, values = pcall(subject.values, subject, logits, labels)
  if fine then
    return values
  end
  local message = tostring(values)
  if not (message:find("float32", 1, true) and message:find("float64", 1, true)) then
    error(values, 0)
  end
  local lines = text.lines(message)
  table.insert(lines, 1,
    "make tensors of the dtype of the logits, as in nj.one_hot(labels, classes, { dtype = logits:dtype() })")
  return nil, { verdict = "FAIL", text = "it takes logits of float32 alone, and models may be float64", lines = lines }
end

local function check_shape(subject)
  for _, dtype in ipairs { "float32", "float64" } do
    for _, size in ipairs { { 1, 2 }, { 7, 3 }, { 16, 10 } } do
      local rows, classes = size[1], size[2]
      local logits, labels = subject.logits("shape", rows, classes, 1, dtype), subject.labels("shape", rows, classes)
      local values, fault
      if dtype == "float64" then
        values, fault = of_double(subject, logits, labels)
      else
        values = subject:values(logits, labels)
      end
      if fault then
        return fault
      end
      if values:dtype() ~= dtype then
        return { verdict = "FAIL", text = "for " .. dtype .. " logits it returns " .. values:dtype() }
      end
    end
  end
  return { text = subject.is_batch and "one number a batch, of the dtype of the logits"
    or "one value a sample, of the dtype of the logits" }
end

local function check_samples(subject)
  local logits, labels = subject.logits("samples", 12, 5, 2), subject.labels("samples", 12, 5)
  if not subject:repeats() then
    return {
      verdict = "FAIL", text = "values change from call to call, with the same logits, labels and random numbers",
      lines = { "what a loss remembers is its state, as in state = { mean = \"zeros\" }, and batch.epoch and "
        .. "batch.step say how far training is: a variable of the script is known to neither check nor --resume" },
    }
  elseif subject.is_batch then
    return { text = "none by itself: the loss is one number for the whole batch" }
  elseif subject.draws_numbers then
    return { verdict = "note", text = "draws random numbers: checked with the same ones every time" }
  end
  local whole = subject:values(logits, labels):narrow(1, 1, 5)
  local alone = subject:values(logits:narrow(1, 1, 5), labels:narrow(1, 1, 5))
  local off = largest(whole - alone)
  if off > 1e-9 * (1 + largest(whole)) then
    return {
      verdict = "note", numbers = { difference = off },
      text = "the value of a sample depends on the rest of its batch (by up to " .. text.number(off) .. " here)",
    }
  end
  return { text = "each by itself: the rest of the batch makes no difference" }
end

-- ---- Numbers out of bounds ------------------------------------------------------------------------------------------

local function check_extremes(subject)
  for _, dtype in ipairs { "float64", "float32" } do
    local logits = nj.tensor(extreme, { dtype = dtype })
    for class = 1, #extreme[1] do
      local found = reasons.not_finite(subject, logits, subject.same(class, #extreme), dtype)
      if found then
        return found
      end
    end
  end
  return { text = "value and gradient are finite for logits up to 1e4, in float32 and float64" }
end

-- ---- Sum over labels, range, ends -----------------------------------------------------------------------------------

-- Those of a tensor that are numbers, sorted: what is none of them is another check's.
local function numbers_of(values)
  local list = {}
  for _, value in ipairs(values:totable()) do
    if value == value and math.abs(value) < math.huge then
      list[#list + 1] = value
    end
  end
  table.sort(list)
  return list
end

-- The largest of some numbers but for a twentieth of them.
local function nearly_largest(values)
  local list = numbers_of(values)
  return list[math.ceil(0.95 * #list)] or 0
end

-- The sums over all labels at 500 predictions, the last 100 of them as sure as logits of 1e4 make them.
--
-- What rounding does to a sum is measured: the second differences of steps of 1e-3 in the logits, to which a smooth
-- term adds a millionth of itself. So a term of 1e-9 is found in a loss without rounding to speak of, and the rounding
-- of a loss that adds 1e10 and takes it off again is taken for nothing more. Jumps are near few of the predictions.
local function sums_seen(subject, classes)
  local likely, count = 400, 500
  local logits = nj.cat({ subject.logits("symmetry", 200, classes), subject.logits("sharp", 200, classes, 5),
    subject.logits("sure", 50, classes, 100), subject.logits("surest", 50, classes, 1e4) }, 1)
  local function sums(rows)
    local total
    for class = 1, classes do
      local values = subject:values(rows, subject.same(class, rows:size(1)))
      total = total and total + values or values
    end
    return total
  end
  local total, step = sums(logits), subject.logits("step", count, classes, 1e-3)
  local rounding = (sums(logits + step) - 2 * total + sums(logits - step)):abs()
  -- Of a loss that mixes the samples of a batch, the sums of another batch are others.
  local alone = sums(logits:narrow(1, 1, count // 4))
  local function spread(rows)
    local values = numbers_of(nj.cat({ total:narrow(1, 1, rows), alone }, 1))
    local low, high = values[1] or 0 / 0, values[#values] or 0 / 0
    local noise = nearly_largest(rounding:narrow(1, 1, likely))
    if rows > likely then
      noise = math.max(noise, nearly_largest(rounding:narrow(1, likely + 1, rows - likely)))
    end
    return low, high, high - low <= 1e-13 * math.max(1, math.abs(low), math.abs(high)) + 50 * noise
  end
  local low, high, is_likely = spread(likely)
  local is_constant = false
  if is_likely then
    low, high, is_constant = spread(count)
  end
  return { low = low, high = high, is_constant = is_constant, is_likely = is_likely }
end

local function check_symmetry(subject, classes, with_steps)
  if subject.is_batch or subject.draws_numbers then
    return { verdict = "note", text = "the sum over labels says nothing about "
      .. (subject.is_batch and "a loss of the whole batch" or "a loss that draws random numbers") }
  end
  local seen = sums_seen(subject, classes)
  local low, high = seen.low, seen.high
  if low ~= low then
    subject.theory = { reason = "its values are no numbers" }
    return { verdict = "note", text = "the sum over the labels is no number wherever it was looked at" }
  end
  local numbers = { low = low, high = high, classes = classes }
  subject.theory = theory.of(subject, classes)
  if subject.theory.constant and not seen.is_likely then
    subject.theory = { reason = "what was recorded of one batch is not what it computes for others: it takes numbers "
      .. "off its batch" }
  end
  local found, lines = subject.theory, {}
  numbers.proven = found.constant and 1 or 0
  if not found.constant and (found.counter_example or not seen.is_constant) then
    lines[1] = theory.counter_example(found)
    lines[#lines + 1] = "no rate of uniform noise is covered by the theorem on symmetric losses"
    table.move(theory.noise(found, classes), 1, 2, #lines + 1, lines)
    local first, last = text.number(low), text.number(high)
    return {
      numbers = numbers, lines = lines,
      text = string.format("not symmetric: the sum over the %d labels %s", classes, first == last
        and "is nearly " .. last .. ", and not quite" or string.format("goes from %s to %s", first, last)),
    }
  end
  numbers.constant = found.constant or (low + high) / 2
  lines[1] = string.format(
    "robust to uniform label noise below the rate (K-1)/K = %s (Ghosh, Kumar & Sastry 2017, theorem 1)",
    text.number((classes - 1) / classes))
  local verdict
  if not found.constant then
    lines[2] = "not proven: " .. (found.reason or found.open)
  end
  if high - low > 1e-9 * math.max(1, math.abs(high)) then
    verdict, lines[#lines + 1] = "note", string.format("rounding makes of it what goes from %s to %s",
      text.number(low), text.number(high))
  end
  table.move(theory.noise(found, classes), 1, 2, #lines + 1, lines)
  if with_steps then
    table.move(found.steps or {}, 1, #(found.steps or {}), #lines + 1, lines)
  end
  return {
    numbers = numbers, lines = lines, verdict = verdict,
    text = string.format("symmetric, constant %s: %s", text.number(numbers.constant),
      found.constant and "proven" or "seen at 500 points"),
  }
end

local function check_range(subject, classes)
  local low, high = math.huge, -math.huge
  for _, scale in ipairs { 0.1, 1, 10, 1e4 } do
    local logits = subject.logits("range", 250, classes, scale)
    for _, labels in ipairs { subject:some_labels("range", 250, classes), logits:argmax(-1), logits:argmin(-1) } do
      local values = subject:values(logits, labels)
      low, high = math.min(low, values:min():item()), math.max(high, values:max():item())
    end
  end
  local result = {
    numbers = { low = low, high = high },
    text = string.format("%s to %s seen, logits up to 1e4", shown(low), shown(high)),
  }
  local found = subject.theory or theory.of(subject, classes)
  -- What was recorded is not what is computed where a value lies outside by more than rounding.
  local least, most = table.unpack(found.bounds or {})
  local is_kept = least and low >= least - 1e-6 * (1 + math.abs(least)) and high <= most + 1e-6 * (1 + math.abs(most))
  result.lines = { is_kept and theory.bounds(found) or nil }
  if is_kept then
    result.numbers.proven_low, result.numbers.proven_high = table.unpack(found.bounds)
  end
  if low < -1e-12 then
    result.verdict = "note"
    table.insert(result.lines, "it can be negative: its size does not tell how good a model is")
  end
  subject.low = low
  return result
end

-- One sample of label 1; for a loss of the whole batch, one of each class. `row(label)` gives the logits.
local function one_of_each(subject, classes, row)
  local rows, labels = {}, {}
  for label = 1, subject.is_batch and classes or 1 do
    rows[label], labels[label] = row(label), label
  end
  return nj.tensor(rows, { dtype = "float64" }), nj.tensor(labels, { dtype = "int32" })
end

-- Zeros but for one class.
local function row_with(class, value, classes)
  local row = {}
  for i = 1, classes do
    row[i] = i == class and value or 0
  end
  return row
end

-- Logits that give the label the probability p, and the others the same share of the rest.
local function logits_for(subject, p, classes)
  return one_of_each(subject, classes, function(label)
    return row_with(label, math.log(p / (1 - p) * (classes - 1)), classes)
  end)
end

local function check_ends(subject, classes)
  local function at(row)
    return subject:values(one_of_each(subject, classes, row)):reshape(1):totable()[1]
  end
  local perfect = at(function(label) return row_with(label, 1e3, classes) end)
  local flat = at(function() return row_with(1, 0, classes) end)
  local worst = at(function(label) return row_with(label % classes + 1, 1e3, classes) end)
  local result = {
    numbers = { perfect = perfect, uniform = flat, wrong = worst },
    text = string.format("%s for the perfect prediction, %s for the uniform one, %s for certainty of another class",
      shown(perfect), shown(flat), shown(worst)),
  }
  if not subject.draws_numbers and perfect > flat and flat > worst then
    result.verdict = "FAIL"
    result.lines = { "it falls as the label becomes less probable, so that training would make the model wrong: is a "
      .. "minus missing?" }
  elseif perfect > subject.low + 1e-9 * (1 + math.abs(perfect)) then
    result.verdict = "note"
    result.lines = { "the perfect prediction is not where the loss is least: " .. text.number(subject.low)
      .. " was seen" }
  end
  return result
end

-- ---- Classes --------------------------------------------------------------------------------------------------------

local function check_classes(subject)
  if subject.draws_numbers then
    return { verdict = "note", text = "draws random numbers: the order of classes was not checked" }
  end
  local order, place = { 3, 5, 1, 4, 2 }, {}
  local logits, labels = subject.logits("classes", 64, 5, 2), subject:some_labels("classes", 64, 5)
  local columns, renamed = {}, {}
  for i, class in ipairs(order) do
    columns[i], place[class] = logits:narrow(2, class, 1), i
  end
  for i, label in ipairs(labels:totable()) do
    renamed[i] = place[label]
  end
  local values = subject:values(logits, labels)
  if values:isfinite():all():item() and values:eq(subject:values(logits, labels % 5 + 1)):all():item() then
    local size, advice = largest(values), nil
    if size > 2 ^ 53 then
      advice = "its values reach " .. text.number(size)
        .. ", beside which a term of the size of 1 is lost in rounding: make the others smaller"
    end
    return {
      verdict = "FAIL", text = "the labels make no difference: the values of others are the same",
      lines = { advice
        or "a loss compares predictions with labels, for example by logits:log_softmax():pick(labels)" },
    }
  end
  local moved = subject:values(nj.cat(columns, 2), nj.tensor(renamed, { dtype = "int32" }))
  local off = largest(values - moved)
  if off ~= off then
    return { verdict = "note", text = "not compared: values are no finite numbers" }
  elseif off <= 1e-9 * (1 + largest(values)) then
    return { text = "no class is special: another order of classes gives the same values" }
  end
  local message = "the order of classes matters: values change by up to " .. text.number(off)
  for _, name in ipairs(subject.loss.definition.specs.names) do
    local value = rawget(subject.loss, name)
    if type(value) == "table" or nj.is_tensor(value) then
      return { verdict = "note", text = message, lines = { "perhaps by its parameter '" .. name .. "'" } }
    end
  end
  return {
    verdict = "FAIL", text = message, numbers = { difference = off },
    lines = { "with classes and labels renamed in the same way a loss should not change" },
  }
end

-- ---- Slope and time -------------------------------------------------------------------------------------------------

local function reference()
  local found, definition = pcall(function() return nj.losses.cce end)
  return found and make_subject(definition {}) or nil
end

local probabilities = { 0.01, 0.1, 0.9 }

local function slopes(subject, classes)
  local result = {}
  for i, p in ipairs(probabilities) do
    local logits, labels = logits_for(subject, p, classes)
    local _, gradient = subject:gradient(logits, labels)
    -- Of a mean over the batch, the share of one sample.
    result[i] = -gradient:totable()[1][1] * logits:size(1)
  end
  return result
end

local function check_slope(subject, classes)
  local own, rows, numbers = slopes(subject, classes), { { "p_y" }, { subject.name } }, {}
  local compared = reference()
  local other = compared and slopes(compared, classes)
  if other then
    rows[3], rows[4] = { "cce" }, { "ratio" }
  end
  for i, p in ipairs(probabilities) do
    table.insert(rows[1], text.number(p))
    table.insert(rows[2], text.number(own[i]))
    numbers["at_" .. text.number(p)] = own[i]
    if other then
      table.insert(rows[3], text.number(other[i]))
      table.insert(rows[4], text.number(own[i] / other[i]))
      numbers["cce_at_" .. text.number(p)] = other[i]
    end
  end
  return {
    text = string.format("-d loss / d logit of the label, %d classes, the others equal", classes),
    lines = text.columns(rows), numbers = numbers,
  }
end

-- Microseconds for value and gradient, the least of a few rounds.
local function microseconds(subject, rows, classes)
  local logits = subject.logits("time", rows, classes, 1, "float32"):copy()
  local labels = subject:some_labels("time", rows, classes)
  local function call()
    subject:gradient(logits, labels)
  end
  call()
  local start, best = native.seconds(), math.huge
  call()
  local repeats = math.max(1, math.min(200, math.floor(0.02 / math.max(native.seconds() - start, 1e-6))))
  for _ = 1, 5 do
    start = native.seconds()
    for _ = 1, repeats do
      call()
    end
    best = math.min(best, (native.seconds() - start) / repeats)
  end
  return best * 1e6
end

local function check_time(subject)
  local rows, numbers = { { "batch, classes" }, { subject.name }, }, {}
  local compared = reference()
  if compared then
    rows[3] = { "cce" }
  end
  for _, size in ipairs { { 128, 10 }, { 1024, 1000 } } do
    local own = microseconds(subject, size[1], size[2])
    table.insert(rows[1], string.format("%d, %d", size[1], size[2]))
    table.insert(rows[2], text.number(own))
    numbers[string.format("us_%d_%d", size[1], size[2])] = own
    if compared then
      local other = microseconds(compared, size[1], size[2])
      table.insert(rows[3], text.number(other))
      numbers[string.format("cce_us_%d_%d", size[1], size[2])] = other
    end
  end
  return { text = "microseconds for value and gradient in float32, one thread", lines = text.columns(rows),
    numbers = numbers }
end

-- ---- Where the gradient vanishes ------------------------------------------------------------------------------------

-- Whether nothing at all gets to the logits where the label has the probability p.
local function is_flat(subject, p, classes)
  local logits, labels = logits_for(subject, p, classes)
  local _, gradient = subject:gradient(logits, labels)
  return gradient:eq(0):all():item()
end

-- The probability of the label below which the gradient is 0, to three digits.
local function check_reach(subject, classes)
  if subject.draws_numbers then
    return { text = "draws random numbers: where its gradient vanishes was not looked at" }
  elseif subject.has_no_gradient then
    return { text = "it has no gradient anywhere" }
  end
  local low, high = 1e-12, 0.5
  if not is_flat(subject, low, classes) then
    return { text = "a gradient reaches samples whose label is as improbable as 1e-12" }
  elseif is_flat(subject, high, classes) then
    return { verdict = "note", text = "its gradient vanishes where the label's probability is 0.5 and less" }
  end
  for _ = 1, 60 do
    local middle = math.sqrt(low * high)
    if is_flat(subject, middle, classes) then
      low = middle
    else
      high = middle
    end
  end
  return {
    verdict = "note", numbers = { below = high },
    text = "its gradient vanishes where the label's probability is below "
      .. text.number(tonumber(string.format("%.3g", high))),
    lines = { "samples that the model gets wrong with certainty stay as they are: is that meant?" },
  }
end

local losses = {}

function losses.begin(loss, definition, options)
  local subject = make_subject(loss, definition)
  local classes = options.classes
  local function entry(name, run)
    return { name = name, run = function() return run(subject, classes, options.steps) end }
  end
  return {
    entry("shape", function(...)
      local result = check_shape(...)
      if result.verdict ~= "FAIL" then
        subject.draws_numbers = subject:draws()
      end
      return result
    end),
    entry("samples", check_samples),
    entry("gradient", function(...)
      local result = gradients.check(...)
      subject.gradient_fails = result.verdict == "FAIL"
      return result
    end),
    entry("soft labels", label_checks.soft),
    entry("left out", label_checks.left_out),
    entry("dense", label_checks.dense),
    entry("extremes", check_extremes),
    entry("corners", corners.corners),
    entry("masked", corners.masked),
    entry("reach", check_reach),
    entry("symmetry", check_symmetry),
    entry("range", check_range),
    entry("ends", check_ends),
    entry("classes", check_classes),
    entry("slope", check_slope),
    entry("time", check_time),
  }
end

return losses
