-- nj.augmentation and nj.augmentations: what makes other samples of those of a training batch, labels included.
--
-- Everything random about a sample comes from its own stream, by the seed, the epoch and where it stands in the data
-- set.
local part = ...
local declare = part "declare" "Training"
local definitions = part "definitions"
local params = part "params"

local Augmentation = {}

local known_fields, required = declare.fields("nightjar.AugmentationFields", "What nj.augmentation takes.", {
  { "name", "string", "what messages and files call the augmentation" },
  { "doc", "string", "one line", optional = true },
  definitions.params_field,
  { "forward", "function", "forward(self, batch, other, draw) returns the inputs and the labels of the batch, changed; "
    .. "other has as many samples of the training set, one drawn for each of the batch; draw gives numbers for each "
    .. "sample", annotation = "fun(self: table, batch: nightjar.MixedBatch, other: nightjar.MixedBatch, "
      .. "draw: nightjar.SampleDraw): nightjar.Tensor, nightjar.Tensor" },
  { "keeps_labels", "boolean", "whether labels come back as they came; a loss then sees classes as they are, and one "
    .. "that takes no soft labels trains (default false)", optional = true },
  definitions.check_field,
})

declare.class("nightjar.MixedBatch", {
  doc = "Samples as an augmentation gets them, and those that they are mixed with. Labels are rows of probabilities "
    .. "(binary ones numbers from 0 to 1), of the type of the inputs.",
  fields = {
    { "inputs", "nightjar.Tensor", "one row a sample; of images (n, height, width, channels)" },
    { "labels", "nightjar.Tensor", "(n, classes); of dense labels (n, height, width, classes)" },
    { "indices", "nightjar.Tensor", "of the batch: where its samples stand in the training set, from 1",
      optional = true },
    { "classes", "integer", "of the batch: how many there are", optional = true },
    { "epoch", "integer", "of the batch, from 1", optional = true },
  },
})

declare.class("nightjar.Augmentation", {
  doc = "A change of training samples and their labels with its parameters, for the field 'augment' of nj.trainer.",
})

local kind = {
  word = "augmentation", maker = "augmentation", registry = "augmentations", class = "nightjar.Augmentation",
  doc = "Changes of training samples and their labels", fields = known_fields, required = required,
  scaffold = "augmentation", watched = true, fixed = { "keeps_labels" },
}

function kind.make(definition, values)
  return definitions.check(definition, definitions.object(Augmentation, definition, values))
end

function Augmentation.__index(self, field)
  return definitions.unknown_field(self, field)
end

function Augmentation.__newindex(self, field)
  native.fail(rawget(self, "definition").owner .. " does not change: '" .. tostring(field) .. "' cannot be set")
end

function Augmentation.__tostring(self)
  return rawget(self, "definition").owner
end

-- ---- Random numbers, one for each sample ----------------------------------------------------------------------------

local Draw = {}

function Draw.__index(_, name)
  if Draw[name] == nil then
    native.fail("draw has no '" .. tostring(name) .. "'" .. params.suggestion(tostring(name), { "uniform", "normal",
      "beta" }) .. "\n  it has uniform, normal, beta")
  end
  return Draw[name]
end

function Draw.__tostring()
  return "draws for samples"
end

-- Each call has numbers of its own.
local function draw_of(self, kind_of_draw, a, b)
  self.calls = self.calls + 1
  return native.sample_draw(self.key, self.calls, kind_of_draw, self.indices, a, b, self.dtype)
end

declare.class("nightjar.SampleDraw", { doc = "Random numbers for each sample of a batch, which depend on the seed, the "
  .. "epoch and the sample alone." })

declare.call("draw:uniform", {
  class = "nightjar.SampleDraw",
  doc = "A number in [low, high) for each sample.",
  parameters = { { "low", "number", "0 where it is left out", optional = true },
    { "high", "number", "1 where it is left out", optional = true } },
  returns = "nightjar.Tensor",
})

function Draw:uniform(low, high)
  low, high = low or 0, high or 1
  for _, bound in ipairs { low, high } do
    if type(bound) ~= "number" or bound ~= bound or math.abs(bound) == math.huge then
      native.fail("draw:uniform expects finite numbers, got " .. params.show(bound))
    end
  end
  return draw_of(self, "uniform", low, high)
end

declare.call("draw:normal", {
  class = "nightjar.SampleDraw",
  doc = "A number of the normal distribution with mean 0 and standard deviation 1 for each sample.",
  parameters = {},
  returns = "nightjar.Tensor",
})

function Draw:normal()
  return draw_of(self, "normal", 0, 1)
end

declare.call("draw:beta", {
  class = "nightjar.SampleDraw",
  doc = "A number of the beta distribution for each sample, as nj.beta.",
  parameters = { { "alpha", "number", "above 0" }, { "beta", "number", "above 0" } },
  returns = "nightjar.Tensor",
})

function Draw:beta(alpha, beta)
  for name, value in pairs { alpha = alpha, beta = beta } do
    if type(value) ~= "number" or not (value > 0 and value < math.huge) then
      native.fail("draw:beta needs " .. name .. " finite and above 0, got " .. params.show(value))
    end
  end
  return draw_of(self, "beta", alpha, beta)
end

definitions.expose(Draw)

-- ---- What a trainer does with one -----------------------------------------------------------------------------------

local function checked(definition, word, value)
  if not nj.is_tensor(value) then
    error(string.format("%s: forward of %s returned %s for the %s: it must return inputs and labels, both tensors",
      definitions.place_of(definition.forward), definition.owner,
      value == nil and "nothing" or params.a_kind(value), word), 0)
  end
  return value
end

local augmentations = {}

--- The function by which the host changes a batch: own and other samples, and what is known.
function augmentations.rule(object)
  local definition = rawget(object, "definition")
  return function(own, other, facts)
    own.indices, own.classes, own.epoch = facts.indices, facts.classes, facts.epoch
    local draw = setmetatable({ key = facts.key, indices = facts.indices, dtype = facts.dtype, calls = 0 }, Draw)
    local inputs, labels = definition.forward(object, own, other, draw)
    return checked(definition, "inputs", inputs), checked(definition, "labels", labels)
  end
end

local function is_augmentation(value)
  return type(value) == "table" and getmetatable(value) == Augmentation
end

local crop_range, flip_range = { type = "integer", min = 0, max = 4096 }, { type = "boolean" }

-- What a value is that has no place in the field of a trainer.
local function kind_of(value)
  if type(value) == "table" and not nj.is_tensor(value)
      and (definitions.kind(value) or rawget(value, "definition")) then
    return definitions.describe(value)
  end
  return params.a_kind(value)
end

-- What the host does to images, or nil; the augmentations; the function, or nil.
local function read(value)
  if value == nil or type(value) == "function" then
    return nil, {}, value
  elseif is_augmentation(value) then
    return nil, { value }
  elseif type(value) ~= "table" or nj.is_tensor(value) or definitions.kind(value) or rawget(value, "definition") then
    native.fail("'augment' of nj.trainer is a table such as { crop = 4, flip = true, nj.augmentations.mixup {} }, an "
      .. "augmentation, or a function that gets inputs and returns them changed, got " .. kind_of(value))
  end
  local named, list, change = {}, {}, nil
  for key, entry in pairs(value) do
    if math.type(key) ~= "integer" or key < 1 or key > #value then
      named[key] = entry
    end
  end
  for i, entry in ipairs(value) do
    if is_augmentation(entry) then
      list[#list + 1] = entry
    elseif type(entry) == "function" and change == nil then
      change = entry
    else
      native.fail(string.format("entry %d of 'augment' of nj.trainer must be an augmentation, for example "
        .. "nj.augmentations.mixup {}, or a function, of which there is one, got %s", i, kind_of(entry)))
    end
  end
  params.check_names("'augment' of nj.trainer", named, { "crop", "flip" }, "field")
  local crop, flip = named.crop, named.flip
  crop = params.checked("'crop' of nj.trainer's augment", crop_range, crop == nil and 0 or crop)
  flip = params.checked("'flip' of nj.trainer's augment", flip_range, flip ~= nil and flip or false)
  return (crop > 0 or flip) and { crop = crop, flip = flip } or nil, list, change
end

-- What the files of a run say of it, besides what the host does to images.
local function records_of(list, change)
  local record = part "record"
  if #list == 0 then
    return change and record.of_function(change)
  end
  local records = {}
  for i, augmentation in ipairs(list) do
    records[i] = record.of(augmentation)
  end
  records[#records + 1] = change and record.of_function(change) or nil
  return records
end

--- The field 'augment' of a trainer with this loss: { images =, list =, change =, records = }.
function augmentations.of_trainer(value, loss)
  local images, list, change = read(value)
  -- Said before training begins, and where the trainer is made.
  for _, augmentation in ipairs(list) do
    local definition = rawget(augmentation, "definition")
    local refusal = not definition.keeps_labels and part "losses".soft_refusal(loss)
    if refusal then
      native.fail(definition.owner .. " makes labels soft, and " .. refusal)
    end
  end
  return { images = images, list = list, change = change, records = records_of(list, change) }
end

declare.call("nj.augmentation", {
  doc = "Defines a change of training samples and their labels, such as mixup.",
  parameters = { { "fields", "nightjar.AugmentationFields" } },
  returns = "fun(parameters?: table<string, any>): nightjar.Augmentation",
  example = [[
local fade = nj.augmentation {
  name = "fade",
  params = { most = { default = 0.5, min = 0, max = 1 } },
  forward = function(self, batch, other, draw)
    local light = 1 - draw:uniform(0, self.most)
    return batch.inputs * light:reshape(light:numel(), 1, 1, 1), batch.labels
  end,
}
tostring(fade { most = 0.25 }) --> "augmentation 'fade'"]],
})

part "kinds".declare(kind, declare)

return augmentations
