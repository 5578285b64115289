-- Checks of a schedule, and its plot.
local part = ...
local text = part "check/text"

local steps_an_epoch = 100
local blocks = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }
local height, widest = 8, 200

-- What the schedule says in an epoch, at its last step.
local function at(subject, epoch)
  return subject.schedule(epoch, epoch * steps_an_epoch, subject.run)
end

local function check_values(subject)
  local low, high, first_low, first_high = math.huge, -math.huge, 1, 1
  for epoch = 1, subject.epochs do
    local value = at(subject, epoch)
    if value ~= value or value == math.huge or value == -math.huge then
      return { verdict = "FAIL", text = string.format("is %s in epoch %d", text.number(value), epoch) }
    end
    subject.values[epoch] = value
    if value < low then
      low, first_low = value, epoch
    end
    if value > high then
      high, first_high = value, epoch
    end
  end
  local result = {
    numbers = { low = low, high = high, first = subject.values[1], last = subject.values[subject.epochs] },
    text = string.format("%s in epoch 1, %s in epoch %d; most %s (epoch %d), least %s (epoch %d)",
      text.number(subject.values[1]), text.number(subject.values[subject.epochs]), subject.epochs, text.number(high),
      first_high, text.number(low), first_low),
  }
  if low < 0 then
    result.verdict, result.lines = "note", { "a learning rate below 0 climbs" }
  end
  return result
end

local function check_repeats(subject)
  for epoch = subject.epochs, 1, -1 do
    local again = at(subject, epoch)
    if again ~= subject.values[epoch] then
      return {
        verdict = "FAIL", text = string.format("epoch %d gave %s first and %s when asked again", epoch,
          text.number(subject.values[epoch]), text.number(again)),
        lines = { "a schedule is asked again when a run resumes: it must depend on epoch and step alone" },
      }
    end
  end
  return { text = "the same epoch gives the same number, in any order" }
end

local function check_steps(subject)
  for _, epoch in ipairs { 1, subject.epochs // 2 + 1, subject.epochs } do
    local first = subject.schedule(epoch, (epoch - 1) * steps_an_epoch + 1, subject.run)
    if first ~= subject.values[epoch] then
      return { text = string.format("moves within an epoch: %s at the first step of epoch %d, %s at its last",
        text.number(first), epoch, text.number(subject.values[epoch])) }
    end
  end
  return { text = "moves from epoch to epoch only" }
end

-- Columns of blocks, from 0 (or the least value below it) to the most.
local function plot(subject)
  local high, low = 0, 0
  for _, value in ipairs(subject.values) do
    high, low = math.max(high, value), math.min(low, value)
  end
  local top, bottom = text.number(high), text.number(low)
  local margin = math.max(#top, #bottom)
  local columns = math.max(2, math.min(widest, subject.epochs, subject.width - margin - 2))
  local levels = {}
  for column = 1, columns do
    local epoch = 1 + math.floor((column - 1) * (subject.epochs - 1) / math.max(columns - 1, 1) + 0.5)
    local share = high > low and (subject.values[epoch] - low) / (high - low) or 0
    levels[column] = math.floor(share * height * #blocks + 0.5)
  end
  local lines = {}
  for row = height, 1, -1 do
    local label = row == height and top or row == 1 and bottom or ""
    local cells = {}
    for column = 1, columns do
      local level = levels[column] - (row - 1) * #blocks
      cells[column] = level <= 0 and " " or blocks[math.min(level, #blocks)]
    end
    lines[#lines + 1] = (" "):rep(margin - #label) .. label .. " │" .. table.concat(cells):gsub("%s+$", "")
  end
  local last = tostring(subject.epochs)
  lines[#lines + 1] = (" "):rep(margin) .. " └" .. ("─"):rep(columns)
  lines[#lines + 1] = (" "):rep(margin + 2) .. "1" .. (" "):rep(math.max(1, columns - 1 - #last)) .. last
  return { text = string.format("value by epoch, 1 to %d", subject.epochs), lines = lines }
end

local schedules = {}

function schedules.begin(schedule, definition, options)
  local own = definition.specs.epochs and rawget(schedule, "epochs")
  local epochs = options.epochs or (math.type(own) == "integer" and own > 0 and own) or 200
  local subject = {
    schedule = schedule, epochs = epochs, width = options.width, values = {},
    run = { epochs = epochs, steps_per_epoch = steps_an_epoch },
  }
  local function entry(name, run)
    return { name = name, run = function() return run(subject) end }
  end
  return {
    entry("values", check_values), entry("repeats", check_repeats), entry("steps", check_steps), entry("plot", plot),
  }
end

return schedules
