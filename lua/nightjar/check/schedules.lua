-- Checks of a schedule, and its plot.
local part = ...
local text = part "check/text"
local plain = part "plain"
local schedules = part "schedules"

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

-- A schedule that sees records: a loss that falls and then stays must leave a state that checkpoints keep, the same
-- twice.
local function check_records(subject)
  local definition = rawget(subject.schedule, "definition")
  local epochs = math.min(subject.epochs, 100)
  local function go()
    local memory = {}
    for _, piece in ipairs(schedules.all(subject.schedule, {})) do
      memory[piece] = schedules.first_state(piece)
    end
    local run = { epochs = subject.epochs, steps_per_epoch = steps_an_epoch, memory = memory }
    local values, texts = {}, {}
    for epoch = 1, epochs do
      values[epoch] = subject.schedule(epoch, epoch * steps_an_epoch, run)
      for _, piece in ipairs(schedules.all(subject.schedule, {})) do
        -- Whatever column it looks at has a number.
        local worth = math.max(0.1, 1 - epoch / 20)
        local record = setmetatable({ epoch = epoch, step = epoch * steps_an_epoch }, {
          __index = function() return worth end,
        })
        local own = rawget(piece, "definition")
        if own.observe then
          own.observe(piece, record, memory[piece])
        end
        texts[#texts + 1] = plain.write("its state", memory[piece])
      end
    end
    return values, table.concat(texts)
  end
  local fine, values, state = pcall(go)
  if not fine then
    return { verdict = "FAIL", text = "what it remembers cannot be kept", lines = { tostring(values) } }
  end
  local again, same = go()
  for epoch, value in ipairs(values) do
    if value ~= again[epoch] or state ~= same then
      return { verdict = "FAIL", text = string.format("the same records led to %s and then to %s in epoch %d",
        text.number(value), text.number(again[epoch]), epoch),
        lines = { "what a schedule remembers belongs into its state, which checkpoints keep" } }
    end
  end
  return { text = string.format("sees records%s: %s in epoch 1, %s in epoch %d of a loss that falls and then stays",
    definition.observe and "" or " inside", text.number(values[1]), text.number(values[epochs]), epochs) }
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

local checks = {}

function checks.begin(schedule, definition, options)
  local own = definition.specs.epochs and rawget(schedule, "epochs")
  local epochs = options.epochs or (math.type(own) == "integer" and own > 0 and own) or 200
  local subject = {
    schedule = schedule, epochs = epochs, width = options.width, values = {},
    run = { epochs = epochs, steps_per_epoch = steps_an_epoch },
  }
  local function entry(name, run)
    return { name = name, run = function() return run(subject) end }
  end
  local list = {
    entry("values", check_values), entry("repeats", check_repeats), entry("steps", check_steps),
  }
  for _, piece in ipairs(schedules.all(schedule, {})) do
    if rawget(piece, "definition").observe and #list == 3 then
      list[4] = entry("records", check_records)
    end
  end
  list[#list + 1] = entry("plot", plot)
  return list
end

return checks
