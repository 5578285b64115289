-- The gradient of a loss against differences, in float64. Where one-sided differences disagree however small the step,
-- the loss has a kink, and any gradient between the slopes is right: such entries are left out and counted.
local part = ...
local text = part "check/text"
local reasons = part "check/reasons"

local step = 1e-4
local rows, classes = 6, 4

-- Differences at one entry: the central ones of both steps, the gap between the one-sided ones of both, and the value.
local function differences(f, numbers, i, j)
  local kept = numbers[i][j]
  local function at(offset)
    numbers[i][j] = kept + offset
    return f(numbers)
  end
  local middle = at(0)
  local above, below = at(step), at(-step)
  local above_half, below_half = at(step / 2), at(-step / 2)
  numbers[i][j] = kept
  return {
    value = middle,
    wide = (above - below) / (2 * step),
    narrow = (above_half - below_half) / step,
    gap_wide = (above + below - 2 * middle) / step,
    gap_narrow = 2 * (above_half + below_half - 2 * middle) / step,
  }
end

local function is_kink(d, tolerance)
  return math.abs(d.wide - d.narrow) > tolerance
    or math.abs(d.gap_wide) > 10 * tolerance and math.abs(d.gap_narrow) > 0.75 * math.abs(d.gap_wide)
end

-- Whether a gradient lies between the slopes to both sides, within what the step leaves of them.
local function between(own, d, largest)
  local right, left = (d.wide + d.gap_wide / 2), (d.wide - d.gap_wide / 2)
  local slack = 1e-3 * largest + 1e-9
  return own >= math.min(left, right) - slack and own <= math.max(left, right) + slack
end

-- Compares at logits; adds to `seen`. With `holds_ties`, gradients at kinks have to lie between the slopes there.
local function compare(subject, logits, labels, seen, holds_ties)
  local _, gradient = subject:gradient(logits, labels)
  local found, numbers, given = gradient:totable(), logits:totable(), labels:totable()
  local function f(z)
    return subject:total(nj.tensor(z, { dtype = "float64" }), labels):item()
  end
  local all, largest = {}, 0
  for i = 1, #numbers do
    for j = 1, #numbers[i] do
      local d = differences(f, numbers, i, j)
      all[#all + 1] = { i = i, j = j, d = d }
      largest = math.max(largest, math.abs(d.narrow))
    end
  end
  for _, entry in ipairs(all) do
    local d, own = entry.d, found[entry.i][entry.j]
    -- What rounding leaves of the digits of a difference of values of this size.
    local noise = 1e-14 * (math.abs(d.value) + 1) / step
    local tolerance = 1e-5 * largest + noise
    local off = math.abs(own - d.narrow)
    seen.entries = seen.entries + 1
    seen.nonzero = seen.nonzero + (own ~= 0 and 1 or 0)
    local kink = d.narrow == d.narrow and is_kink(d, tolerance)
    if kink and not (holds_ties and not between(own, d, largest)) then
      seen.kinks = seen.kinks + 1
    elseif not kink and off <= tolerance then
      seen.worst = math.max(seen.worst, off / math.max(largest, 1))
    else
      seen.wrong = seen.wrong + 1
      seen.first = seen.first or {
        own = own, expected = d.narrow, logit = entry.j, label = given[entry.i], logits = numbers[entry.i],
      }
    end
  end
end

local function begin()
  return { entries = 0, kinks = 0, wrong = 0, worst = 0, nonzero = 0 }
end

local gradients = {}

--- What a comparison at these logits shows: entries, kinks (whose gradients lie between the slopes), wrong ones.
function gradients.at(subject, logits, labels)
  local seen = begin()
  compare(subject, logits, labels, seen, true)
  return seen
end

local function shown(first)
  return string.format("d loss / d logit %d is %s, differences show %s", first.logit, text.number(first.own),
    text.number(first.expected)), "at logits " .. text.list(first.logits)
    .. (type(first.label) == "table" and ", soft label " .. text.list(first.label) or ", label " .. first.label)
end

--- That the gradient is not that of the values; `where` says at which logits.
function gradients.complaint(seen, where)
  local what, at = shown(seen.first)
  return {
    verdict = "FAIL", lines = { what, at },
    text = string.format("the gradient is not that of the values at %d of %d entries, %s", seen.wrong, seen.entries,
      where),
  }
end

--- The check by this name: at random logits of several scales.
function gradients.check(subject)
  local some = subject.logits("gradient", rows, classes, 1):copy()
  local missing = reasons.no_gradient(subject, some, subject:some_labels("gradient", rows, classes))
  if missing then
    subject.has_no_gradient = true
    return missing
  end
  local seen = begin()
  for _, scale in ipairs { 0.3, 3, 30, 1e4 } do
    local logits = subject.logits("gradient", rows, classes, scale):copy()
    local labels = subject:some_labels("gradient", rows, classes)
    local broken = reasons.not_finite(subject, logits, labels, "float64")
    if broken then
      return broken
    end
    compare(subject, logits, labels, seen)
  end
  local numbers = { entries = seen.entries, kinks = seen.kinks, wrong = seen.wrong, worst = seen.worst }
  local left_out = seen.kinks > 0
    and string.format("; %s left out where the loss has a kink", text.count(seen.kinks, "entry", "entries")) or ""
  if seen.nonzero == 0 and seen.wrong == 0 then
    return {
      verdict = "FAIL", numbers = numbers,
      text = "it is 0 wherever it was looked at: the loss does not change with the logits, and nothing would be "
        .. "learned",
    }
  elseif seen.wrong == 0 then
    local enough = seen.kinks * 2 <= seen.entries
    return {
      verdict = enough and "ok" or "note", numbers = numbers,
      text = string.format("agrees with differences within %s, logits up to 1e4%s", text.number(seen.worst), left_out),
    }
  end
  local first = seen.first
  local where, at = shown(first)
  local share = string.format("%d of %d entries", seen.wrong, seen.entries)
  if subject.detaches then
    return {
      verdict = "note", numbers = numbers, lines = { where, at },
      text = "differs from differences at " .. share .. ", as declared: it holds fixed " .. subject.detaches,
    }
  end
  return {
    verdict = "FAIL", numbers = numbers,
    text = "is not that of the values at " .. share .. left_out,
    lines = {
      where, at,
      "if something is held fixed on purpose (detach, stop_gradient), say what: nj.loss { detaches = \"...\" }",
    },
  }
end

return gradients
