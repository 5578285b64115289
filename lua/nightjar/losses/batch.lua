-- What losses get to know of a batch besides logits and labels, and what they need of it.
local part = ...
local params = part "params"
local getmetatable, native, nj, rawget, setmetatable, type = getmetatable, native, nj, rawget, setmetatable, type

local need_types = { draws = "integer", views = "integer", model = "boolean", outputs = "integer", whole = "boolean" }
local need_names = { "draws", "views", "model", "outputs", "whole" }

local function check_needs(owner, needs)
  for name, value in pairs(needs) do
    local expected = need_types[name]
    if expected == nil then
      native.fail("'needs' of " .. owner .. " has no field '" .. tostring(name) .. "'"
        .. params.suggestion(tostring(name), need_names) .. "\n  fields are draws, views, model, outputs, whole")
    elseif (math.type(value) or type(value)) ~= expected or expected == "integer" and value < 0 then
      native.fail(string.format("'%s' in 'needs' of %s is %s, got %s", name, owner,
        expected == "integer" and "a whole number, 0 or more" or "true or false", params.show(value)))
    end
  end
end

-- What a batch lacks of what a loss needs, or nil.
local function lacking(needs, batch)
  for _, name in ipairs { "draws", "views", "outputs" } do
    local count = needs[name] or 0
    local given = type(batch) == "table" and batch[name] or nil
    if count > 0 and (type(given) ~= "table" or #given < count) then
      return "batch." .. name .. " with " .. count .. (count == 1 and " entry" or " entries")
    end
  end
  if needs.model and not (type(batch) == "table" and batch.model) then
    return "batch.model"
  end
end

local function step_model(inputs)
  if not nj.is_tensor(inputs) then
    native.fail("batch.model expects inputs as a tensor, got " .. params.a_kind(inputs))
  end
  return native.loss_model(inputs)
end

step_model = native.expose(step_model)

--- What a loss and its parts need, all together.
local function needs_of(loss)
  local all = { draws = 0, views = 0, model = false, outputs = 0, whole = false }
  local function add(needs)
    all.draws, all.views = math.max(all.draws, needs.draws or 0), math.max(all.views, needs.views or 0)
    all.model, all.outputs = all.model or needs.model or false, math.max(all.outputs, needs.outputs or 0)
    all.whole = all.whole or needs.whole or false
  end
  add(rawget(loss, "definition").needs or {})
  for _, inner in ipairs(rawget(loss, "definition").parts or {}) do
    add(needs_of(inner))
  end
  return all
end

-- What a batch can have. Other fields are misspelt: they would be nil for ever.
local batch_fields = { "count", "epoch", "indices", "inputs", "step", "training", "draws", "views", "model",
  "outputs", "whole", "keep", "label_sets" }
local is_batch_field = {}

for _, name in ipairs(batch_fields) do
  is_batch_field[name] = true
end

local checked_batch = {
  __index = function(_, field)
    if not is_batch_field[field] then
      native.fail("a batch has no field '" .. tostring(field) .. "'" .. params.suggestion(tostring(field), batch_fields)
        .. "\n  fields are " .. table.concat(batch_fields, ", "))
    end
  end,
}

--- A batch that has what the loss needs, whose misspelt fields are errors.
local function check_batch(definition, batch)
  if type(batch) == "table" and getmetatable(batch) == nil then
    setmetatable(batch, checked_batch)
  end
  local needs = definition.needs
  if needs then
    -- The trainer's batch: there the host answers for the model.
    if needs.model and type(batch) == "table" and batch.model == nil and native.has_loss_model() then
      batch.model = step_model
    end
    local missing = lacking(needs, batch)
    if missing and type(batch) == "table" and missing:find("^batch%.outputs") and batch.outputs then
      native.fail(string.format("%s needs %s, and the model has %d %s: let its forward return as many tensors, or give "
        .. "the trainer several models", definition.owner, missing, #batch.outputs,
        #batch.outputs == 1 and "output" or "outputs"))
    elseif missing then
      native.fail(definition.owner .. " needs " .. missing .. ": nj.trainer gives it; without a trainer call "
        .. "loss(logits, labels, { ... }) with it")
    end
  end
end

--- Whether a loss itself looks at what is known of the batch.
local function reads_batch(definition)
  if definition.reads_batch ~= nil then
    return definition.reads_batch
  end
  local info = debug.getinfo(definition.forward, "u")
  return definition.needs ~= nil or info.isvararg or info.nparams > 3
end

-- Whether a loss, or a part of it, looks at what is known of the batch. Those that do not are called without: making
-- the table is a good part of what a short loss costs.
local function takes_batch(loss)
  local reads = reads_batch(rawget(loss, "definition"))
  for _, inner in ipairs(rawget(loss, "definition").parts or {}) do
    reads = reads or takes_batch(inner)
  end
  return reads
end

-- Whether values of a loss depend on other samples of the batch, unless it says otherwise.
local function together(loss)
  local definition = rawget(loss, "definition")
  if definition.together ~= nil then
    if definition.together then
      return true
    end
  elseif definition.reduction == "batch" or definition.state or reads_batch(definition) then
    return true
  end
  for _, inner in ipairs(definition.parts or {}) do
    if together(inner) then
      return true
    end
  end
  return false
end

return { check = check_batch, check_needs = check_needs, needs_of = needs_of, step_model = step_model,
  takes_batch = takes_batch, together = together }
