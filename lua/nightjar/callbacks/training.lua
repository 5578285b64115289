-- What a callback holds of the training that it is told of: where it stands, what was measured, its model, and what can
-- be done to it.
local part = ...
local declare = part "declare" "Callbacks"
local definitions = part "definitions"
local params = part "params"
local schedules = part "schedules"

local training = {}

local Training = {}
local methods = {}
-- What belongs to each: { course, owner, event }. Scripts cannot reach it through the object.
local insides = setmetatable({}, { __mode = "k" })

local rate_range = { type = "number", min = 0, optional = true }

declare.class("nightjar.Training", {
  doc = "The training that a callback is told of.",
  fields = {
    { "epoch", "integer", "the epoch that is going on, from 1; the last one in on_epoch and later" },
    { "step", "integer", "the last step that was begun, from 1 over the whole training; 0 before the first" },
    { "epochs", "integer", "how many epochs there will be" },
    { "steps_per_epoch", "integer", "updates in one epoch" },
    { "learning_rate", "number", "of the step that was begun last; nil before the first. Set, it is that of all steps "
      .. "to come, until it is set to nil, which gives it back to the schedule" },
    { "record", "table<string, number>", "the numbers of the last epoch; nil before the first has ended" },
    { "evaluation", "table<string, number>", "those of the last epoch with an evaluation pass; nil before" },
    { "model", "nightjar.Layer", "what is trained; model:parameters() gives copies" },
  },
})

--- Whether weights can be kept under a name: it is part of a file's.
function training.is_name(name)
  return type(name) == "string" and name:match("^[%w_]+$") ~= nil and #name <= 100
end

local function inside(self, method)
  local found = insides[self]
  if found == nil then
    native.fail("'" .. method .. "' is called with a colon: training:" .. method .. "()")
  end
  return found
end

declare.call("training:stop", {
  class = "nightjar.Training", parameters = {}, returns = "nil",
  doc = "Ends the training after this step, or this epoch in on_epoch.",
})

function methods.stop(self)
  inside(self, "stop").course.stopped = true
end

declare.call("training:keep", {
  class = "nightjar.Training", parameters = { { "name", "string", "letters, digits and underscores" } },
  returns = "nil",
  doc = "Keeps the weights that were judged last under a name, for trainer:best and the run's folder. In on_evaluate "
    .. "and on_epoch.",
})

function methods.keep(self, name)
  local own = inside(self, "keep")
  if not training.is_name(name) then
    native.fail(own.owner .. " keeps weights under a name of letters, digits and underscores, got "
      .. params.show(name))
  elseif own.event == nil or not own.event.keeps then
    native.fail(own.owner .. " keeps weights in " .. (own.event and own.event.name or "no event")
      .. ": those that were judged are kept, in on_evaluate or on_epoch")
  end
  local list = own.course.keeping
  list[#list + 1] = name
end

declare.call("training:tensors", {
  class = "nightjar.Training",
  parameters = { { "of", "string", "\"model\" (weights and buffers), \"optimizer\" (what it remembers, as "
    .. "parameter/name), \"averages\" or \"loss\" (its state)" } },
  returns = "table<string, nightjar.Tensor>",
  doc = "Copies of all tensors of a part of the training, by path.",
})

local tensor_parts = { "model", "optimizer", "averages", "loss" }

function methods.tensors(self, of)
  local own = inside(self, "tensors")
  for _, name in ipairs(tensor_parts) do
    if name == of then
      return own.course.tensors(of)
    end
  end
  native.fail("training:tensors gives those of one of " .. table.concat(tensor_parts, ", ") .. ", got "
    .. params.show(of) .. params.suggestion(tostring(of), tensor_parts))
end

definitions.expose(methods)

local fields = {}

function fields.epoch(course)
  return course.position.epoch
end

function fields.step(course)
  return course.position.step
end

function fields.epochs(course)
  return course.run.epochs
end

function fields.steps_per_epoch(course)
  return course.run.steps_per_epoch
end

function fields.learning_rate(course)
  return course.position.rate
end

function fields.record(course, owner)
  return course.last.record and schedules.checked_record(owner, course.last.record, course.columns)
end

function fields.evaluation(course, owner)
  return course.last.evaluation and schedules.checked_record(owner, course.last.evaluation, course.columns)
end

function fields.model(course)
  return course.model
end

local names = { "stop", "keep", "tensors" }

for name in pairs(fields) do
  names[#names + 1] = name
end
table.sort(names)

function Training.__index(self, name)
  if fields[name] then
    return fields[name](insides[self].course, insides[self].owner)
  elseif methods[name] == nil then
    native.fail("a training has no '" .. tostring(name) .. "'" .. params.suggestion(tostring(name), names)
      .. "\n  it has " .. table.concat(names, ", "))
  end
  return methods[name]
end

function Training.__newindex(self, name, value)
  if name ~= "learning_rate" then
    native.fail("'" .. tostring(name) .. "' of a training cannot be set: learning_rate can, and stop, keep and what "
      .. "on_batch and on_gradient are given")
  end
  local own = insides[self]
  own.course.override = value and params.checked("'learning_rate', set by " .. own.owner, rate_range, value)
end

function Training.__tostring(self)
  local own = insides[self]
  return string.format("training at epoch %d, step %d", own.course.position.epoch, own.course.position.step)
end

Training.__name, Training.__metatable = "nightjar.Training", false

--- The training as a callback of a course sees it while it is told of an event; one object for each.
function training.during(course, callback, event)
  local object = course.views[callback]
  if object == nil then
    object = setmetatable({}, Training)
    insides[object] = { course = course, owner = tostring(callback) }
    course.views[callback] = object
  end
  insides[object].event = event
  return object
end

return training
