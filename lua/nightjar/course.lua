-- What goes along with a training from step to step and from epoch to epoch: the schedules of the rate and of
-- optimizers' parameters, callbacks, and what they remember, which checkpoints keep as text.
local part = ...
local callbacks = part "callbacks"
local elsewhere = part "remembered"
local optimizers = part "optimizers"
local plain = part "plain"
local schedules = part "schedules"
local events = part "callbacks/events"
local reporters = part "reporters"

local event_of = {}

for _, event in ipairs(events) do
  event_of[event.name] = event
end

local Course = {}
Course.__index = Course

local course = {}

--- `pieces` are the schedules themselves, which a run with --watch can replace; `others` the functions and objects that
--- are called as training goes on, besides those that this knows.
function course.new(model, schedule, rules, given, others, reporting)
  local pieces = schedules.all(schedule, {})
  for _, optimizer in ipairs(rules) do
    for _, drive in ipairs(optimizers.drives(optimizer)) do
      schedules.all(drive, pieces)
    end
  end
  local self = setmetatable({
    schedule = schedule, optimizers = rules, pieces = pieces, callbacks = callbacks.check(given), memory = {},
    length = { asked = false }, model = model, views = setmetatable({}, { __mode = "k" }),
    reporters = reporters.check(reporting),
  }, Course)
  local length = self.length
  -- What schedules are told. Whether they ask how many epochs there will be matters: see `asks_length`.
  self.run = setmetatable({ memory = self.memory }, {
    __index = function(_, field)
      length.asked = length.asked or field == "epochs"
      return length[field]
    end,
  })
  for _, piece in ipairs(pieces) do
    self.memory[piece] = schedules.first_state(piece)
  end
  self:reset()
  self.others = others or {}
  return self
end

--- Before a call of fit: callbacks start anew, schedules go on.
function Course.reset(self)
  self.states, self.stopped, self.started, self.override = {}, false, false, nil
  self.position, self.last, self.keeping = { epoch = 0, step = 0 }, {}, {}
  self.reported = { records = {}, texts = {} }
  for i, callback in ipairs(self.callbacks) do
    self.states[i] = callbacks.first_state(callback)
  end
end

--- The host calls it before each step: sets driven parameters and returns the learning rate.
function Course.__call(self, epoch, step)
  for _, optimizer in ipairs(self.optimizers) do
    optimizers.drive(optimizer, epoch, step, self.run)
  end
  local rate = self.schedule(epoch, step, self.run)
  local position = self.position
  position.epoch, position.step, position.rate = epoch, step, self.override or rate
  return position.rate
end

--- Before the first epoch, with the event on_start unless a training that goes on had it before. Returns whether
--- training is to end, or had been ended before it was resumed, and the names of the events that somebody wants to hear
--- of.
function Course.begin(self, outline)
  self.length.epochs, self.length.steps_per_epoch = outline.epochs, outline.steps_per_epoch
  self.columns = outline.columns
  self.watched = elsewhere.watch(self.others, self.pieces, self.callbacks)
  local wanted = {}
  for _, event in ipairs(events) do
    for _, callback in ipairs(self.callbacks) do
      if rawget(callback, "definition")[event.name] then
        wanted[#wanted + 1] = event.name
        break
      end
    end
  end
  if #self.reporters > 0 then
    wanted[#wanted + 1] = "report"
  end
  if not self.started then
    self.started = true
    self:tell("on_start", setmetatable({}, {
      __index = function(_, field)
        return self.run[field]
      end,
      __metatable = false,
    }))
  end
  return self.stopped, wanted
end

-- Adds the tensors of a state to a list.
local function add_tensors(value, list, seen)
  if nj.is_tensor(value) then
    list[#list + 1] = value
  elseif type(value) == "table" and not seen[value] then
    seen[value] = true
    for _, entry in next, value do
      add_tensors(entry, list, seen)
    end
  end
  return list
end

--- Tells all callbacks of an event, in their order. Returns whether training is to end; then, where a subject can be
--- changed, what was put into its fields, by whom its labels, and the tensors that states remember, which a step would
--- take with it.
function Course.tell(self, name, subject)
  local event = event_of[name]
  local changed, by = event.subject_changes and {} or nil, nil
  if name == "on_batch" then
    self.position.epoch, self.position.step = subject.epoch, subject.step
  end
  for i, callback in ipairs(self.callbacks) do
    if rawget(callback, "definition")[name] then
      self.telling = name .. " of " .. tostring(callback)
      local labels = changed and changed.labels
      callbacks.tell(callback, event, subject, self.states[i], self, changed)
      by = changed and not rawequal(changed.labels, labels) and tostring(callback) or by
    end
  end
  self.telling = nil
  if changed then
    return self.stopped, changed, by or "", add_tensors(self.states, {}, {})
  end
  return self.stopped
end

--- Whom an error came from: "on_step of callback 'mine', epoch 1, step 2"; nil where it came from elsewhere.
function Course.failing(self)
  local position = self.position
  return self.telling and self.telling
    .. (position.step > 0 and string.format(", epoch %d, step %d", position.epoch, position.step) or "")
end

--- An evaluation pass is over, and somebody wants to hear of it.
function Course.evaluated(self, record)
  self.last.evaluation, self.last.record = record, record
  return (self:tell("on_evaluate", record))
end

--- After an epoch, which had an evaluation pass or not. Returns whether training ends here, and the names under which
--- the weights of now are to be kept.
function Course.epoch(self, record, is_measured)
  for _, piece in ipairs(self.pieces) do
    schedules.observe(piece, record, self.memory[piece], self.columns)
  end
  self.last.record = record
  self.last.evaluation = is_measured and record or self.last.evaluation
  self:tell("on_epoch", record)
  if #self.reporters > 0 then
    self.reported.records[#self.reported.records + 1] = record
    self:report("epoch", record)
  end
  local keep = self.keeping
  self.keeping = {}
  return self.stopped, keep
end

--- Lets all reporters speak.
function Course.report(self, event, subject)
  local report = { records = self.reported.records, columns = self.columns, run = self.run,
    status = event == "ending" and subject or nil }
  for i, reporter in ipairs(self.reporters) do
    self.telling = event .. " of " .. tostring(reporter)
    self.reported.texts[i] = reporters.ask(reporter, event, subject, report, self.reported.texts[i])
  end
  self.telling = nil
end

--- After the last epoch: the name of the kept weights that the model is to have, or nil.
function Course.finish(self)
  for i, callback in ipairs(self.callbacks) do
    local name = callbacks.finish(callback, self.states[i])
    if name then
      return name
    end
  end
end

--- What is known of kept weights: { metric, value, epoch } by name.
function Course.kept(self)
  local facts = {}
  for i, callback in ipairs(self.callbacks) do
    local name, fact = callbacks.kept(callback, self.states[i])
    if name then
      facts[name] = fact
    end
  end
  return facts
end

--- Whether a schedule has asked how many epochs there will be: a training of fewer is then no beginning of this one.
function Course.asks_length(self)
  return self.length.asked
end

--- What functions changed outside of any state since training began, in words; nil where they changed nothing.
function Course.elsewhere(self)
  return self.watched and elsewhere.changed(self.watched, part "experiment".state())
end

--- All that is remembered, as text and the tensors in it; empty where there is nothing.
function Course.save(self)
  local cell = part "experiment".state()
  local all, any = { memory = {}, states = self.states, stopped = self.stopped, cell = cell },
    #self.states > 0 or #self.reporters > 0
  if any then
    all.started, all.override, all.position, all.last = self.started, self.override, self.position, self.last
    all.reported = self.reported
  end
  for i, piece in ipairs(self.pieces) do
    all.memory[i] = self.memory[piece]
    any = any or next(self.memory[piece]) ~= nil
  end
  local tensors = {}
  local text = (any or cell) and plain.write("what schedules and callbacks remember", all, tensors) or ""
  return text, tensors
end

function Course.load(self, text, tensors)
  if text == "" then
    return
  end
  local all = plain.read(text, tensors)
  if type(all) ~= "table" or type(all.memory) ~= "table" or type(all.states) ~= "table" then
    native.fail("what schedules and callbacks remember cannot be read: the checkpoint is damaged")
  end
  for i, piece in ipairs(self.pieces) do
    self.memory[piece] = all.memory[i] or self.memory[piece]
  end
  for i in ipairs(self.callbacks) do
    self.states[i] = all.states[i] or self.states[i]
  end
  if type(all.cell) == "table" then
    part "experiment".restore(all.cell)
  end
  self.stopped, self.started, self.override = all.stopped, all.started or false, all.override
  self.position, self.last = all.position or self.position, all.last or self.last
  self.reported = all.reported or self.reported
end

return course
