-- Which samples a metric is about: a set of the evaluation, all of it or those whose label is right or wrong, and the
-- labels that count.
local nj = require "nightjar"

local samples = {}

--- Parameters that most metrics of this plugin take.
samples.of_param = {
  default = "train", choices = { "train", "validation", "test" }, doc = "the set of samples; a set that is not there "
    .. "has no value",
}

samples.on_param = {
  default = "all", choices = { "all", "clean", "wrong" },
  doc = "all samples, or those whose given label is the true one (clean), or is not (wrong)",
}

samples.against_param = {
  default = "given", choices = { "given", "true" }, doc = "the labels given for training, or the true ones",
}

local Samples = {}

--- A field of the set, for the samples that count.
function Samples:get(field)
  if self.values[field] == nil then
    local value = self.set[field]
    if value == nil and field == "probabilities" then
      value = self.set.logits:double():softmax(-1)
    end
    self.values[field] = value and (self.positions and value:index(1, self.positions) or value)
  end
  return self.values[field]
end

--- The labels that count, from 1.
function Samples:labels()
  return self:get(self.against == "true" and "true_labels" or "labels"):int()
end

-- The logits; nil where an evaluation that was made by hand holds probabilities only.
local function logits_of(self)
  local set = self.set
  local has_none = rawget(set, "name") == nil and rawget(set, "logits") == nil and rawget(set, "probabilities")
  return not has_none and self:get("logits") or nil
end

--- Probabilities in float64, worked out from the logits where there are some.
function Samples:probabilities()
  local logits = logits_of(self)
  if logits then
    return logits:double():softmax(-1)
  end
  return self:get("probabilities"):double()
end

--- The logarithms of the same.
function Samples:log_probabilities()
  local logits = logits_of(self)
  return logits and logits:double():log_softmax(-1) or self:get("probabilities"):double():log()
end

Samples.__index = Samples

--- The samples that a metric's `of`, `on` and `against` name; nil where there are none, or what must be known of them
--- is not. Metrics of this plugin are about one class a sample.
function samples.of(metric, evaluation)
  local of, on, against = rawget(metric, "of") or "train", rawget(metric, "on") or "all",
    rawget(metric, "against") or "given"
  -- The training set stands in the evaluation itself as well.
  local set = of == "train" and evaluation or evaluation[of]
  if set == nil then
    return nil
  end
  local labels = set.labels
  if (evaluation.kind or "classes") ~= "classes" or labels:rank() ~= 1 then
    error((rawget(metric, "definition") and tostring(metric) or "this metric")
      .. " is for labels that are one class a sample")
  elseif (on ~= "all" or against == "true") and set.true_labels == nil then
    return nil
  end
  local mask = set.keep
  if on ~= "all" then
    local chosen = labels:int():eq(set.true_labels:int())
    chosen = on == "clean" and chosen or chosen:logical_not()
    mask = mask and mask:logical_and(chosen) or chosen
  end
  local positions
  if mask then
    positions = mask:nonzero()
    if positions:numel() == 0 then
      return nil
    end
    positions = positions:reshape(positions:numel()):int():copy()
  end
  return setmetatable({ set = set, positions = positions, values = {}, against = against,
    count = positions and positions:numel() or labels:numel() }, Samples)
end

--- At most so many of the samples, drawn without repeats: always the same ones of as many. Gives their inputs and
--- labels, and where they stand in the set.
function samples.some(chosen, most)
  local positions = chosen.positions or nj.arange(1, chosen.count + 1):int()
  if chosen.count > most then
    local drawn = nj.random_stream(0, "samples of a metric"):choice(most, chosen.count, { replace = false })
    positions = positions:index(1, (drawn:sort()))
  end
  positions = positions:copy()
  local labels = chosen.set[chosen.against == "true" and "true_labels" or "labels"]
  return chosen.set.inputs:index(1, positions):copy(), labels:index(1, positions):int():copy(), positions
end

--- Calls f(inputs, labels, count) for parts of at most so many samples.
function samples.each_batch(inputs, labels, size, f)
  local count = labels:numel()
  for first = 1, count, size do
    local n = math.min(size, count - first + 1)
    f(inputs:narrow(1, first, n), labels:narrow(1, first, n), n)
  end
end

samples.most_param = { default = 2000, type = "integer", min = 1, doc = "at most so many samples, always the same" }

samples.batch_param = { default = 250, type = "integer", min = 1, doc = "samples that are computed together" }

samples.loss_param = {
  type = "any", optional = true,
  doc = "a loss with one value a sample, as nj.losses.mae {}; cross-entropy where none is given",
}

--- The values of the loss that a metric was given, one a sample.
function samples.losses(metric, logits, labels)
  local loss = rawget(metric, "loss")
  if loss then
    return loss(logits, labels)
  end
  return -logits:log_softmax(-1):pick(labels)
end

--- The parameters of a metric: those named, and further ones.
function samples.params(names, further)
  local params = {}
  for _, name in ipairs(names) do
    params[name] = samples[name .. "_param"]
  end
  for name, spec in pairs(further or {}) do
    params[name] = spec
  end
  return params
end

return samples
