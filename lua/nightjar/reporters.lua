-- nj.reporter and nj.reporters: what a training prints, or writes into its run's folder, after each epoch and in the
-- end. What they say depends on records alone, so that a run that is resumed says the same.
local part = ...
local declare = part "declare" "Reporters"
local components = part "components"
local definitions = part "definitions"
local params = part "params"
local schedules = part "schedules"

local Reporter = {}

local known_fields, required = declare.fields("nightjar.ReporterFields", "What nj.reporter takes.", {
  { "name", "string", "what messages and files call the reporter" },
  { "doc", "string", "one line", optional = true },
  definitions.params_field,
  { "example", "table", "parameters with which it can be tried", optional = true, annotation = "table<string, any>" },
  definitions.check_field,
  { "epoch", "function", "epoch(self, record, report) returns what is said after an epoch, a text or nil",
    optional = true, annotation = "fun(self: table, record: table<string, number>, report: nightjar.Report): string?" },
  { "ending", "function", "ending(self, report) returns what is said after the last epoch, a text or nil",
    optional = true, annotation = "fun(self: table, report: nightjar.Report): string?" },
})

declare.class("nightjar.Reporter", { doc = "What a training prints or writes, with its parameters." })
declare.class("nightjar.Report", {
  doc = "What a reporter knows of a training.",
  fields = {
    { "records", "table<string, number>[]", "of all epochs so far, also of those before a resume" },
    { "columns", "string[]", "the names of the numbers that records have, in order" },
    { "epochs", "integer", "how many there will be" },
    { "status", "string", "in the end: \"completed\" or \"stopped\"" },
  },
})

local kind = {
  word = "reporter", maker = "reporter", registry = "reporters", class = "nightjar.Reporter", doc = "Reporters",
  fields = known_fields, required = required, scaffold = "reporter",
  common = {
    file = { optional = true, type = "string", doc = "a file in the folder reports of the run, such as \"table.md\", "
      .. "to which its text goes instead of being printed" },
  },
}

local endings = { txt = true, md = true, csv = true, html = true, tex = true }

function kind.begin(given)
  if given.epoch == nil and given.ending == nil and type(given.name) == "string" then
    native.fail("reporter '" .. given.name .. "' says nothing: give it epoch(self, record, report), ending(self, "
      .. "report), or both")
  end
end

function kind.make(definition, values)
  local file = values.file
  if file ~= nil and not endings[file:match("^[%w_-]+%.(%w+)$") or ""] then
    native.fail("parameter 'file' of " .. definition.owner .. " is a name without folders that ends in .txt, .md, "
      .. ".csv, .html or .tex, got " .. params.show(file))
  end
  return definitions.check(definition, definitions.object(Reporter, definition, values))
end

function Reporter.__index(self, field)
  return definitions.unknown_field(self, field)
end

function Reporter.__newindex(self, field)
  native.fail(rawget(self, "definition").owner .. " does not change: '" .. tostring(field) .. "' cannot be set")
end

function Reporter.__tostring(self)
  return rawget(self, "definition").owner
end

declare.call("nj.reporter", {
  doc = "Defines a reporter for nj.trainer { reporters = { ... } }: what is printed, or written into the run's folder, "
    .. "after each epoch and in the end.",
  parameters = { { "fields", "nightjar.ReporterFields" } },
  returns = "fun(parameters?: table<string, any>): nightjar.Reporter",
  example = [[
local best = nj.reporter {
  name = "best",
  params = { column = "j2" },
  ending = function(self, report)
    local most = -math.huge
    for _, record in ipairs(report.records) do most = math.max(most, record[self.column] or most) end
    return string.format("best %s: %.1f", self.column, most)
  end,
}
tostring(best {}) --> "reporter 'best'"]],
})

part "kinds".declare(kind, declare)

local reporters = {}

-- What the command line asks for besides.
local function asked()
  local list = {}
  for i, text in ipairs(native.asked_reporters()) do
    local what = "--reporter " .. text
    local value = components.parse(text, function(fault) native.fail(what .. ": " .. fault) end)
    components.check("reporters", value, what)
    list[i] = (components.resolve("reporters", value, "reporter") or nj.reporters[value]) {}
  end
  return list
end

--- The list of a trainer's reporters.
function reporters.check(given)
  given = given == nil and {} or given
  local is_list = type(given) == "table" and getmetatable(given) == nil and (#given > 0 or next(given) == nil)
  if not is_list then
    native.fail("'reporters' of nj.trainer is a list such as { nj.reporters.lines {} }, got "
      .. definitions.describe(given))
  end
  local all, files = table.move(given, 1, #given, 1, {}), {}
  table.move(asked(), 1, #native.asked_reporters(), #all + 1, all)
  for i, reporter in ipairs(all) do
    if type(reporter) ~= "table" or getmetatable(reporter) ~= Reporter then
      native.fail(string.format("reporter %d of nj.trainer must be a reporter such as nj.reporters.lines {}, got %s", i,
        definitions.describe(reporter)))
    end
    local file = rawget(reporter, "file")
    if file and files[file] then
      native.fail("two reporters of nj.trainer write " .. params.show(file) .. ": give one of them another file")
    end
    files[file or 0] = true
  end
  return all
end

-- More than this is no report.
local longest = 1 << 20

--- Asks a reporter (`event` is "epoch" or "ending"); its text is printed, or put behind what its file has. Returns all
--- that the file has by now.
function reporters.ask(reporter, event, subject, report, before)
  local definition = rawget(reporter, "definition")
  local f = definition[event]
  if f == nil then
    return before
  end
  local records = {}
  for i, record in ipairs(report.records) do
    records[i] = schedules.checked_record(definition.owner, record, report.columns)
  end
  local seen = setmetatable({ records = records, columns = table.move(report.columns, 1, #report.columns, 1, {}),
    status = report.status }, {
    -- A training of fewer epochs is no beginning of this one where a report depends on how many there are.
    __index = function(_, field)
      return field == "epochs" and report.run.epochs or nil
    end,
  })
  local text
  if event == "epoch" then
    text = f(reporter, schedules.checked_record(definition.owner, subject, report.columns), seen)
  else
    text = f(reporter, seen)
  end
  if text == nil then
    return before
  elseif type(text) ~= "string" then
    error(string.format("%s: %s of %s returns a text or nil, it returned %s", definitions.place_of(f), event,
      definition.owner, params.a_kind(text)), 0)
  end
  if text:sub(-1) ~= "\n" then
    text = text .. "\n"
  end
  local file = rawget(reporter, "file")
  if file == nil then
    native.write(text)
    return before
  end
  local all = (before or "") .. text
  if #all > longest then
    error(string.format("%s: %s says more than 1 MiB: a reporter sums up", definitions.place_of(f),
      definition.owner), 0)
  end
  if not native.write_report(file, all) then
    native.write(text)
  end
  return all
end

return reporters
