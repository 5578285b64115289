-- What goes along with a training from step to step and from epoch to epoch: the schedules of the rate and of
-- optimizers' parameters, callbacks, and what they remember, which checkpoints keep as text.
local part = ...
local callbacks = part "callbacks"
local elsewhere = part "remembered"
local optimizers = part "optimizers"
local plain = part "plain"
local schedules = part "schedules"

local Course = {}
Course.__index = Course

local course = {}

--- `pieces` are the schedules themselves, which a run with --watch can replace; `others` the functions and objects that
--- are called as training goes on, besides those that this knows.
function course.new(schedule, rules, given, others)
  local pieces = schedules.all(schedule, {})
  for _, optimizer in ipairs(rules) do
    for _, drive in ipairs(optimizers.drives(optimizer)) do
      schedules.all(drive, pieces)
    end
  end
  local self = setmetatable({
    schedule = schedule, optimizers = rules, pieces = pieces, callbacks = callbacks.check(given), memory = {},
    length = { asked = false },
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
  self.states, self.stopped = {}, false
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
  return rate
end

--- Before the first epoch; `host` keeps weights and ends the training. True where a training that was resumed had been
--- ended before.
function Course.begin(self, outline)
  self.length.epochs, self.length.steps_per_epoch = outline.epochs, outline.steps_per_epoch
  self.columns = outline.columns
  self.watched = elsewhere.watch(self.others, self.pieces, self.callbacks)
  return self.stopped
end

--- After an epoch. Returns whether training ends here, and the names under which the weights of now are to be kept.
function Course.epoch(self, record)
  local keep = {}
  for _, piece in ipairs(self.pieces) do
    schedules.observe(piece, record, self.memory[piece], self.columns)
  end
  for i, callback in ipairs(self.callbacks) do
    local stops, name = callbacks.epoch(callback, record, self.states[i], self.columns)
    self.stopped = self.stopped or stops
    keep[#keep + 1] = name
  end
  return self.stopped, keep
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
  local all, any = { memory = {}, states = self.states, stopped = self.stopped, cell = cell }, #self.states > 0
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
  self.stopped = all.stopped
end

return course
