-- nj.weighted: a loss whose samples count more or less, by their label or one by one.
local part = ...
local declare = part "declare" "Losses"
local definitions = part "definitions"
local losses = part "losses"
local params = part "params"

local fields = { "classes", "samples", "normalize" }
local usage = "\n  usage: nj.weighted(loss, { classes = { 1, 1, 5 } }), or { samples = weights } with one weight for "
  .. "each training sample"

-- Weights as a tensor without a gradient, from a tensor or a list of numbers; at least 0 each.
local function weights_of(field, given)
  if given == nil then
    return nil
  end
  if type(given) == "table" and not nj.is_tensor(given) then
    if #given == 0 then
      native.fail("'" .. field .. "' of nj.weighted is an empty list" .. usage)
    end
    given = nj.tensor(given, { dtype = "float64" })
  elseif not nj.is_tensor(given) then
    native.fail("'" .. field .. "' of nj.weighted must be a list of numbers or a tensor, got " .. params.a_kind(given)
      .. usage)
  end
  if given:rank() ~= 1 then
    native.fail(string.format("'%s' of nj.weighted must have one dimension, got shape (%s)", field,
      table.concat(given:shape(), ", ")))
  end
  given = given:double():detach()
  -- As float32 holds them.
  if given:numel() == 0 or not given:float():isfinite():all():item() or given:min():item() < 0 then
    native.fail("'" .. field .. "' of nj.weighted must be finite numbers, none below 0")
  end
  return given
end

-- The weights of a dtype, kept: they are read at every step.
local function kept(weights)
  local known = {}
  return function(dtype)
    if known[dtype] == nil then
      known[dtype] = weights:to(dtype):copy()
    end
    return known[dtype]
  end
end

declare.call("nj.weighted", {
  doc = "A loss whose values are multiplied by weights.",
  parameters = { { "loss", "nightjar.Loss" } },
  options = {
    { "classes", "number[]", "one weight a class, by the given label", default_text = "nil" },
    { "samples", "number[]", "one weight a training sample, in the order of the data set", default_text = "nil" },
    { "normalize", "boolean", "divide by the mean weight of the samples that are averaged together: those of a step "
      .. "(with accumulate, of all its batches), in evaluation those of the data set", default = false },
  },
  returns = "nightjar.Loss",
  example = [[
local loss = nj.weighted(nj.losses.mae {}, { classes = { 1, 3 } })
loss(nj.zeros(2, 2), nj.tensor({ 1, 2 }, { dtype = "int32" })) --> {1, 3}]],
})

function nj.weighted(loss, given)
  if not losses.is_loss(loss) then
    native.fail("nj.weighted expects a loss first, for example nj.losses.cce {}, got "
      .. definitions.describe(loss) .. usage)
  elseif type(given) ~= "table" or nj.is_tensor(given) then
    native.fail("nj.weighted expects a table of weights, got " .. definitions.describe(given) .. usage)
  end
  for name in pairs(given) do
    if name ~= "classes" and name ~= "samples" and name ~= "normalize" then
      native.fail("nj.weighted has no field '" .. tostring(name) .. "'" .. params.suggestion(tostring(name), fields)
        .. "\n  fields are " .. table.concat(fields, ", "))
    end
  end
  local inner = rawget(loss, "definition")
  local by_class, by_sample = weights_of("classes", given.classes), weights_of("samples", given.samples)
  if by_class == nil and by_sample == nil then
    native.fail("nj.weighted needs 'classes', 'samples' or both" .. usage)
  elseif given.normalize ~= nil and type(given.normalize) ~= "boolean" then
    native.fail("'normalize' of nj.weighted is true or false, got " .. params.a_kind(given.normalize))
  elseif inner.reduction == "batch" then
    native.fail(inner.owner .. " returns one number for the whole batch: there are no samples to weight")
  elseif by_class and inner.labels ~= nil and inner.labels ~= "classes" then
    native.fail(inner.owner .. " has no classes to weight: its labels are not one of so many")
  end
  local name = "weighted(" .. inner.name .. ")"
  local class_weights, sample_weights = by_class and kept(by_class), by_sample and kept(by_sample)
  local class_count, sample_count = by_class and by_class:numel(), by_sample and by_sample:numel()

  local function of_classes(rows, dtype)
    return class_weights(dtype):expand(rows, class_count)
  end

  local function of_samples(indices, dtype)
    return sample_weights(dtype):expand(indices:size(1), sample_count):pick(indices)
  end

  -- The weight of each sample, by its label and its position in the training set.
  local function weights_for(labels, indices, dtype)
    local weights = class_weights and of_classes(labels:size(1), dtype):pick(labels)
    if sample_weights then
      local own = of_samples(indices, dtype)
      weights = weights and weights * own or own
    end
    return weights
  end

  -- Weights of the samples of a batch by where they stand in the data set, in the shape of the values.
  local function by_place(values, batch)
    if type(batch) ~= "table" or batch.indices == nil then
      native.fail("loss '" .. name .. "' weights samples one by one: call it with a batch that has 'indices', "
        .. "as nj.trainer does")
    end
    local own = of_samples(batch.indices, values:dtype())
    if values:rank() == 1 then
      return own
    end
    local rows = values:size(1)
    return own:unsqueeze(-1):expand(rows, values:numel() // math.max(rows, 1)):reshape(values:shape())
  end

  -- Values by weights, those of the labels given.
  local function weighted_values(values, weights, batch)
    if sample_weights then
      local own = by_place(values, batch)
      weights = weights and weights * own or own
    end
    if given.normalize then
      -- By the mean weight of all samples that are averaged together, which may be more than the batch's.
      local whole, dtype = type(batch) == "table" and batch.whole, values:dtype()
      local mean = (whole and weights_for(whole.labels, whole.indices, dtype) or weights):mean()
      -- Weights that are all 0 stay 0.
      weights = weights / (mean + mean:eq(0):to(dtype))
    end
    return weights * values
  end

  local function check_count(logits)
    if class_weights and logits:size(-1) ~= class_count then
      native.fail(string.format("loss '%s' has weights for %d classes, the logits have %d", name, class_count,
        logits:size(-1)))
    end
  end

  local function forward(_, logits, labels, batch)
    local values = loss(logits, labels, batch)
    check_count(logits)
    local weights = class_weights and of_classes(labels:size(1), values:dtype()):pick(labels)
    return weighted_values(values, weights, batch)
  end

  -- sum over k of q_k w_k L(k), as the loss of soft labels that are weighted and brought back to a sum of 1.
  local function soft(_, logits, labels, batch)
    check_count(logits)
    if not class_weights then
      return weighted_values(loss(logits, labels, batch), nil, batch)
    end
    local shares = labels * of_classes(labels:size(1), labels:dtype())
    local total = shares:sum(-1)
    local some = total:gt(0)
    local brought = nj.where(some:unsqueeze(-1):expand(labels:shape()), shares / total:unsqueeze(-1), labels)
    return weighted_values(loss(logits, brought, batch), total, batch)
  end

  local weighted = losses.derived(name, "none", { loss }, forward, {
    reads_batch = sample_weights ~= nil, needs = given.normalize and { whole = true } or nil, soft = soft,
    together = given.normalize or false,
  })
  local definition = rawget(weighted, "definition")
  definition.weights = { classes = by_class, samples = by_sample, normalize = given.normalize or nil }
  definition.weigh = function(labels, indices) return weights_for(labels, indices, "float64") end
  local function vanishes(list)
    return list ~= nil and list:min():item() == 0
  end
  definition.can_weigh_nothing = vanishes(by_class) or vanishes(by_sample)
  return weighted
end

return true
