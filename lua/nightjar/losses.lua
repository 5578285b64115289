-- nj.loss and nj.losses: one value per sample from logits and labels, whatever a researcher has in mind.
local part = ...
local declare = part "declare" "Losses"
local definitions = part "definitions"
local params = part "params"
local batches = part "losses/batch"
local state = part "losses/state"
local targets = part "losses/targets"
-- What runs in every step is reached without a search through environments.
local native, nj, rawget, setmetatable, type = native, nj, rawget, setmetatable, type

local Loss = { methods = {} }

local known_fields, required = declare.fields("nightjar.LossFields", "What nj.loss takes.", {
  { "name", "string", "what messages, files and tables call the loss" },
  { "doc", "string", "one line", optional = true },
  definitions.params_field,
  { "forward", "function", "forward(self, logits, labels, batch) returns one value per sample",
    annotation = "fun(self: table, logits: nightjar.Tensor, labels: nightjar.Tensor, batch?: nightjar.Batch): "
      .. "nightjar.Tensor" },
  { "state", "table",
    "what it remembers, by name: \"zeros\", \"ones\", a number, { \"samples\", \"classes\", start = 0 }, or a function",
    optional = true, annotation = "table<string, any>" },
  { "reduction", "string", "\"none\": one value per sample; \"batch\": one for all", optional = true,
    annotation = "\"none\"|\"batch\"" },
  { "detaches", "string", "why no gradient flows through a part of it, for nightjar check", optional = true },
  { "example", "table", "parameters with which nightjar check makes one", optional = true,
    annotation = "table<string, any>" },
  { "needs", "table",
    "what else the batch has to hold: draws = 2 (as many more samples, twice), views = 1 (another view), model = true, "
      .. "outputs = 2 (of a model that gives so many), whole = true (the labels of all samples that are averaged "
      .. "together)",
    optional = true,
    annotation = "{ draws?: integer, views?: integer, model?: boolean, outputs?: integer, whole?: boolean }" },
  { "labels", "string",
    "\"classes\": one of so many, or soft; \"binary\": 0 to 1 for every logit, and forward returns as many values; "
      .. "\"any\": not looked at", optional = true, annotation = "\"classes\"|\"binary\"|\"any\"" },
  { "soft", "any",
    "soft(self, logits, labels, batch) is its value for rows of probabilities, where it is not the mean over labels "
      .. "drawn from them, or where that can be written shorter; true: forward takes them as they are (t:pick does); "
      .. "or a text that says why there is none",
    optional = true, annotation = "true|string|fun(self: table, logits: nightjar.Tensor, labels: nightjar.Tensor, "
      .. "batch?: nightjar.Batch): nightjar.Tensor" },
  { "together", "boolean",
    "whether a value depends on the other samples of the batch: those left out are then taken out of the batch before; "
      .. "assumed of losses that take the batch, remember or return one number", optional = true },
  definitions.class_check_field,
})

declare.class("nightjar.Batch", {
  doc = "What a loss may know of the samples it is for.",
  fields = {
    { "indices", "nightjar.Tensor", "positions of the samples in the training set, from 1" },
    { "inputs", "nightjar.Tensor", "what the model was given" },
    { "outputs", "nightjar.Tensor[]", "all that the model gives, the logits included; one unless it has several "
      .. "outputs" },
    { "count", "integer", "how many samples there are" },
    { "epoch", "integer", "from 1" },
    { "step", "integer", "from 1, over the whole run" },
    { "training", "boolean", "false in evaluation passes" },
    { "keep", "nightjar.Tensor", "a mask of the labels' shape: where it is false, the label is left out",
      optional = true },
    { "label_sets", "table<string, nightjar.Tensor>", "the labels of the data set's label sets, by name, as they were "
      .. "given", optional = true },
    { "draws", "{ inputs: nightjar.Tensor, labels: nightjar.Tensor, indices: nightjar.Tensor }[]",
      "for needs = { draws = n }: n times as many samples, drawn from the training set independently of the batch",
      optional = true },
    { "views", "nightjar.Tensor[]",
      "for needs = { views = n }: the inputs again, augmented anew in training, as they are in evaluation",
      optional = true },
    { "whole", "{ labels: nightjar.Tensor, indices: nightjar.Tensor }",
      "for needs = { whole = true }: all samples whose values go into the same mean, those of a step with accumulate, "
        .. "of the data set in evaluation", optional = true },
    { "model", "fun(inputs: nightjar.Tensor): nightjar.Tensor",
      "for needs = { model = true }: the logits of the model for other inputs, with gradients", optional = true },
  },
})

declare.class("nightjar.Loss", {
  doc = "A loss with its parameters. Called, it gives one value per sample. Sums and multiples of losses are losses.",
  call = "fun(logits: nightjar.Tensor, labels: nightjar.Tensor, batch?: nightjar.Batch): nightjar.Tensor",
  operators = { "add(nightjar.Loss): nightjar.Loss", "sub(nightjar.Loss): nightjar.Loss",
    "mul(number): nightjar.Loss", "div(number): nightjar.Loss", "unm: nightjar.Loss" },
})

local kind = {
  word = "loss", plural = "losses", maker = "loss", registry = "losses", axis = "loss", class = "nightjar.Loss",
  doc = "Losses", fields = known_fields, required = required, common = targets.common, check = "check/losses",
  scaffold = "loss", explained = true, watched = true,
}

function kind.make(definition, values)
  -- State lies behind the object, so that every assignment to it is seen.
  values.remembered = definition.state and {}
  return definitions.check(definition, definitions.object(Loss, definition, values))
end

function Loss.__index(self, field)
  local method = Loss.methods[field]
  if method ~= nil then
    return method
  end
  local definition = rawget(self, "definition")
  if definition.state and definition.state[field] ~= nil then
    local value = rawget(self, "remembered")[field]
    if value ~= nil then
      return value
    end
    native.fail(string.format("%s has no values for its state '%s' yet: nj.trainer makes them from the training set; "
      .. "without a trainer call loss:prepare { samples = ..., classes = ... } first", definition.owner, field))
  end
  if definition[field] ~= nil then
    return definition[field]
  end
  return definitions.unknown_field(self, field)
end

function Loss.__newindex(self, field, value)
  local definition = rawget(self, "definition")
  if definition.state == nil or definition.state[field] == nil then
    native.fail(string.format("%s has no state '%s': declare it with state = { %s = ... }", definition.owner,
      tostring(field), tostring(field)))
  end
  if not nj.is_tensor(value) then
    native.fail(string.format("state '%s' of %s must stay a tensor, got %s", field, definition.owner,
      params.a_kind(value)))
  end
  rawget(self, "remembered")[field] = value
end

function Loss.__tostring(self)
  return rawget(self, "definition").owner
end

local function fail_at(f, message)
  error(definitions.place_of(f) .. ": " .. message, 0)
end

-- What is wrong with the result, if anything is: a batch-wise loss returns another shape.
local function check_result(definition, values, rows)
  local owner, forward = definition.owner, definition.forward
  if values == nil then
    fail_at(forward, "forward of " .. owner .. " returned nothing: did it forget 'return'?")
  elseif type(values) == "number" then
    fail_at(forward, "forward of " .. owner .. " returned the number " .. tostring(values)
      .. ": it must return a tensor (a Lua number has no gradient; leave out :item())")
  elseif not nj.is_tensor(values) then
    fail_at(forward, "forward of " .. owner .. " returned a " .. type(values) .. ": it must return a tensor")
  end
  local shape = values:shape()
  if definition.reduction == "batch" then
    if #shape ~= 0 then
      fail_at(forward, string.format(
        "forward of %s returned shape %s: with reduction = \"batch\" it must return a single number, shape ()",
        owner, params.shape_text(shape)))
    end
  elseif #shape ~= 1 or shape[1] ~= rows then
    local hint = ""
    if #shape == 0 then
      hint = ": return one value per sample and leave the average to the trainer, or declare reduction = \"batch\""
    elseif #shape == 2 and shape[1] == rows and shape[2] == 1 then
      hint = ": add :squeeze(-1)"
    elseif #shape == 2 and shape[1] == rows then
      hint = ": sum over the classes with :sum(-1)"
    end
    fail_at(forward, string.format("forward of %s must return one value per sample, shape (%d), it returned shape %s%s",
      owner, rows, params.shape_text(shape), hint) .. "\n  the result " .. native.made_at(values))
  end
  return values
end

-- How many classes the parameters of a loss are known to go with.
local checked_classes = setmetatable({}, { __mode = "k" })

local function check_classes(self, definition, classes)
  if checked_classes[self] ~= classes then
    definitions.check(definition, self, classes)
    checked_classes[self] = classes
  end
end

-- What forward, or what else is to be called, returns for logits and labels that fit.
local function values_of(self, logits, labels, batch, forward)
  local definition = self.definition
  if batch ~= nil or definition.needs then
    batches.check(definition, batch)
  end
  if definition.check then
    check_classes(self, definition, logits:size(-1))
  end
  forward = forward or definition.forward
  local values = forward(self, logits, labels, batch) -- no tail call: tracebacks name 'forward'
  return values
end

-- What the road for labels of all kinds needs of this one.
local tools = { values = values_of, check = check_result, together = batches.together, needs = batches.needs_of }

-- The batch as the loss and its parts need it: the trainer's model is put in its place.
function tools.check_batch(self, batch)
  batches.check(self.definition, batch)
  if type(batch) == "table" and rawget(batch, "model") == nil and batches.needs_of(self).model
      and native.has_loss_model() then
    batch.model = batches.step_model
  end
end

function tools.wrong_shape(definition, values, shape)
  fail_at(definition.forward, string.format("forward of %s must return one value per logit, shape %s, it returned %s",
    definition.owner, params.shape_text(shape),
    nj.is_tensor(values) and "shape " .. params.shape_text(values:shape()) or "a " .. type(values)))
end

function tools.remembers(self)
  return #state.slots(self) > 0
end

-- Whether labels need more than a look: some are left out, or they are no classes.
local function is_special(self, batch)
  local labels = rawget(self, "definition").labels
  return labels ~= nil and labels ~= "classes" or rawget(self, "ignore") ~= nil
    or type(batch) == "table" and rawget(batch, "keep") ~= nil
end

--- One value per sample. `batch` has indices, epoch, step and what else the loss asks for.
function Loss.__call(self, logits, labels, batch)
  local definition = self.definition
  local rows, checked
  if not is_special(self, batch) then
    rows, checked = native.labelled_rows(logits, labels)
  end
  if rows == nil then
    return (targets.values(self, tools, logits, labels, batch))
  end
  local values = values_of(self, logits, checked or labels, batch)
  if definition.reduction ~= "batch" and native.is_list_of(values, rows) then
    return values
  end
  return check_result(definition, values, rows)
end

local sums = part "losses/sums"(Loss)

declare.call("loss:mean", {
  class = "nightjar.Loss",
  doc = "The mean of a batch as the trainer takes it: over all labels that are not left out, 0 where none is kept.",
  parameters = {
    { "logits", "nightjar.Tensor" }, { "labels", "nightjar.Tensor" },
    { "batch", "nightjar.Batch", "what is known of it", optional = true },
  },
  returns = "nightjar.Tensor",
  example = [[
local labels = nj.tensor({ 2, 0, 1 }, { dtype = "int32" })
local loss = nj.losses.mae { ignore = 0 }
loss(nj.zeros(3, 4), labels)      --> {1.5, 0, 1.5}
loss:mean(nj.zeros(3, 4), labels) --> 1.5]],
})

function Loss.methods.mean(self, logits, labels, batch)
  if is_special(self, batch) then
    return targets.mean(targets.values(self, tools, logits, labels, batch))
  end
  return self(logits, labels, batch):mean()
end

local settings = { "samples", "classes", "dtype" }

declare.call("loss:prepare", {
  class = "nightjar.Loss",
  doc = "Gives the state of a loss that remembers its first values, for use without a trainer. Returns the loss.",
  parameters = { { "setting", "{ samples: integer, classes: integer, dtype?: nightjar.DType }",
    "what the training set would say" } },
  returns = "nightjar.Loss",
})

function Loss.methods.prepare(self, setting)
  local owner = rawget(self, "definition").owner
  if type(setting) ~= "table" then
    native.fail(owner .. ": prepare expects a table, for example { samples = 1000, classes = 10 }, got "
      .. params.a_kind(setting))
  end
  for name in pairs(setting) do
    if name ~= "samples" and name ~= "classes" and name ~= "dtype" then
      native.fail(owner .. ": prepare has no field '" .. tostring(name) .. "'"
        .. params.suggestion(tostring(name), settings) .. "\n  fields are " .. table.concat(settings, ", "))
    end
  end
  local function count(name)
    local given = setting[name]
    return given ~= nil and params.checked("'" .. name .. "' of prepare of " .. owner, { type = "integer", min = 1 },
      given) or nil
  end
  state.adopt(self, state.start(self,
    { samples = count("samples"), classes = count("classes"), dtype = setting.dtype or "float32" }))
  return self
end

kind.methods = definitions.expose(Loss.methods)
definitions.expose(Loss)

declare.call("nj.loss", {
  doc = "Defines a loss. What comes back is called with values for its parameters.",
  parameters = { { "fields", "nightjar.LossFields" } },
  returns = "fun(parameters?: table<string, any>): nightjar.Loss",
  example = [[
local squared = nj.loss {
  name = "squared",
  params = { scale = { default = 1, min = 0 } },
  forward = function(self, logits, labels)
    local label = nj.one_hot(labels, logits:size(-1), { dtype = logits:dtype() })
    return self.scale * (logits:softmax() - label):square():sum(-1)
  end,
}
squared { scale = 2 } (nj.zeros(1, 2), nj.tensor({ 1 }, { dtype = "int32" })) --> {1}]],
})

local label_kinds = { classes = true, binary = true, any = true }

function kind.begin(fields)
  local labels = fields.labels
  if labels and not label_kinds[labels] then
    native.fail("'labels' of a loss is \"classes\", \"binary\" or \"any\", got \"" .. tostring(labels) .. "\"")
  end
  local reduction = fields.reduction
  if reduction and reduction ~= "none" and reduction ~= "batch" then
    native.fail("'reduction' of a loss is \"none\" (one value per sample) or \"batch\" (one for all), got \""
      .. tostring(reduction) .. "\"")
  end
  if type(fields.needs) == "table" then
    batches.check_needs("loss '" .. tostring(fields.name) .. "'", fields.needs)
  end
end

part "kinds".declare(kind, declare)

--- What the host and `nightjar check` must know of a loss.
local function facts_of(loss)
  return {
    is_batch = rawget(loss, "definition").reduction == "batch",
    remembers = #state.slots(loss) > 0, -- whether it, or a term of it, declares state
    needs = batches.needs_of(loss),
    takes_batch = batches.takes_batch(loss),
    labels = rawget(loss, "definition").labels or "classes",
    ignore = rawget(loss, "ignore"),
    can_weigh_nothing = sums.can_weigh_nothing(loss), -- whether a batch can be all weights of 0
  }
end

-- For labels of any kind that are known to be right, as those of data sets are.
local function values_of_kind(self, logits, labels, batch)
  local values = targets.values(self, tools, logits, labels, batch, true)
  return values
end

-- What the trainer calls, with logits and labels that fit. It looks at the shape itself and asks for words where that
-- is wrong.
local host = {
  values = values_of,
  values_and_state = function(self, logits, labels, batch, before)
    return state.within(self, before, values_of, logits, labels, batch)
  end,
  values_of_kind = values_of_kind,
  values_of_kind_and_state = function(self, logits, labels, batch, before)
    return state.within(self, before, values_of_kind, logits, labels, batch)
  end,
  check = function(self, values, rows)
    check_result(self.definition, values, rows)
  end,
  -- Not methods: a parameter may have such a name.
  start = state.start,
  adopt = state.adopt,
  weight = sums.weight,
}

return { is_loss = sums.is_loss, soft_refusal = targets.soft_refusal,
  derived = sums.derived, facts_of = facts_of, host = host }
