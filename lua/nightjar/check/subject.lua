-- A loss under test: called with a batch as the trainer would give, always from the same random numbers and the same
-- state, so that it is a function of logits and labels.
local part = ...
local losses = part "losses"

local Subject = {}
Subject.__index = Subject

--- Random logits, the same every time.
function Subject.logits(name, rows, classes, scale, dtype)
  return nj.randn({ rows, classes }, { seed = 1, name = "check " .. name, dtype = dtype or "float64" }) * (scale or 1)
end

--- Random labels, the same every time.
function Subject.labels(name, rows, classes)
  return ((nj.rand({ rows }, { seed = 1, name = "check labels " .. name }) * classes):floor() + 1):int():copy()
end

--- Random labels for a loss of single samples; each class in turn for one of the whole batch, which may need them all.
function Subject:some_labels(name, rows, classes)
  if self.is_batch then
    return ((nj.arange(rows) % classes) + 1):int():copy()
  end
  return Subject.labels(name, rows, classes)
end

function Subject.same(class, rows)
  return nj.full({ rows }, class, { dtype = "int32" })
end

--- Values of the samples, or the one number of a loss of the whole batch.
function Subject:values(logits, labels, seed)
  local rows = logits:size(1)
  nj.manual_seed(seed or 7)
  if self.remembers then
    self.loss:prepare { samples = rows, classes = logits:size(2), dtype = logits:dtype() }
  end
  local values = self.loss(logits, self:own_labels(labels, logits), self:batch(logits))
  return self.is_binary and values:mean(-1) or values
end

--- Labels as the loss takes them. One of labels 0 and 1 is looked at as a loss of classes: 1 for the class, 0 for the
--- others.
function Subject:own_labels(labels, logits)
  if self.is_binary and labels:rank() < logits:rank() then
    return labels:one_hot(logits:size(-1), { dtype = logits:dtype() })
  end
  return labels
end

-- Another view of inputs, for which the model gives other logits: smaller ones, by a share of its own for each view,
-- moved towards each other where they are large. No sample and no class is treated unlike another.
local function other_view(logits, i)
  return (0.8 - 0.1 * i) * logits + 0.2 * logits:tanh()
end

-- What the trainer would say of the batch. Of what a loss may ask for besides, inputs are logits, which the model gives
-- back as they are.
function Subject:batch(logits)
  local rows, classes, dtype = logits:size(1), logits:size(2), logits:dtype()
  local batch = {
    indices = (nj.arange(rows) + 1):int(), epoch = 1, step = 1, count = rows, inputs = logits, training = true,
    draws = {}, views = {}, keep = self.keep, model = self.needs.model and function(inputs) return inputs end or nil,
  }
  for i = 1, self.needs.draws do
    local name = "draw " .. i
    batch.draws[i] = {
      inputs = Subject.logits(name, rows, classes, 1, dtype), labels = Subject.labels(name, rows, classes),
      indices = batch.indices,
    }
  end
  for i = 1, self.needs.views do
    batch.views[i] = other_view(logits, i)
  end
  batch.outputs = {}
  for i = 1, math.max(1, self.needs.outputs) do
    batch.outputs[i] = logits
  end
  return batch
end

--- Whether soft labels mean something to it.
function Subject:takes_soft()
  if self.soft_fits == nil then
    local labels = Subject.same(1, 2):one_hot(3, { dtype = "float64" })
    self.soft_fits = not self.is_own and (pcall(self.values, self, Subject.logits("soft", 2, 3), labels))
  end
  return self.soft_fits
end

--- The same loss with a common parameter, such as `ignore`; nil where it takes none.
function Subject:with(name, value)
  local parameters = { [name] = value }
  for _, own in ipairs(self.loss.definition.specs.names) do
    parameters[own] = rawget(self.loss, own)
  end
  return self.make(self.maker(parameters), self.maker)
end

--- The sum over samples, or the one number of a loss of the whole batch.
function Subject:total(logits, labels)
  local values = self:values(logits, labels)
  return self.is_batch and values or values:sum()
end

--- Total and gradient, both computed.
function Subject:gradient(logits, labels)
  return nj.value_and_grad(function(z) return self:total(z, labels) end, logits)
end

-- Whether two seeds give the same values; nan is nan.
local function same_values(self, first, second)
  local logits, labels = Subject.logits("draws", 16, 4), Subject.labels("draws", 16, 4)
  local a, b = self:values(logits, labels, first), self:values(logits, labels, second)
  return (a:eq(b) | a:isnan() & b:isnan()):all():item()
end

--- Whether another seed gives other values.
function Subject:draws()
  return not same_values(self, 7, 8)
end

--- Whether the same seed gives the same values again: all that the loss depends on is what it is given.
function Subject:repeats()
  return same_values(self, 7, 7)
end

local function make_subject(loss, maker)
  local definition, facts = rawget(loss, "definition"), losses.facts_of(loss)
  return setmetatable({
    loss = loss, name = definition.name, detaches = definition.detaches, is_batch = facts.is_batch,
    is_binary = definition.labels == "binary", is_own = definition.labels == "any", soft = definition.soft,
    make = make_subject, maker = maker,
    remembers = facts.remembers, needs = facts.needs,
  }, Subject)
end

return make_subject
