-- What nj.trainer takes: the fields, and how each is read and checked.
local part = ...
local declare = part "declare" "Training"
local definitions = part "definitions"
local params = part "params"
local record = part "record"
local losses = part "losses"
local clips = part "clips"
local averages = part "averages"
local groups = part "groups"
local models = part "models"
local course = part "course"
local augmentations = part "augmentations"
local optimizers = part "optimizers"
local schedules = part "schedules"
local column_of = part "metrics".column_of

local field_types, _, field_names = declare.fields("nightjar.TrainerFields", "What nj.trainer takes.", {
  { "model", "any", "for example nj.models.mlp { inputs = 64, classes = 10 }; a list of models makes one whose "
    .. "outputs are "
    .. "theirs in order, with the paths models.1, models.2", annotation = "nightjar.Layer|nightjar.Layer[]" },
  { "loss", "any", "for example nj.losses.cce {}", annotation = "nightjar.Loss" },
  { "optimizer", "any", "for example nj.optim.sgd { momentum = 0.9 }", annotation = "nightjar.Optimizer" },
  { "logits", "integer", "which output of a model that has several is the logits, from 1: what the loss gets first and "
    .. "metrics look at", optional = true },
  { "groups", "any", "parameters with settings of their own", optional = true, annotation = "table[]" },
  { "clip", "any", "what holds gradients down: { value = 1 }, { norm = 1 } or an object", optional = true,
    annotation = "table" },
  { "average", "any", "of the weights, for example nj.ema { decay = 0.999 }", optional = true, annotation = "table" },
  { "average_statistics", "any", "the running statistics (of batch norm) that averages are judged with: "
    .. "\"recomputed\", over the training set before each evaluation (the default), \"averaged\" as the weights are, "
    .. "or \"running\", those of the run", optional = true, annotation = "\"recomputed\"|\"averaged\"|\"running\"" },
  { "accumulate", "integer", "batches whose gradients make one step", optional = true },
  { "schedule", "any", "of the learning rate", optional = true, annotation = "nightjar.Schedule" },
  { "callbacks", "any", "what is told of events, for example { nj.callbacks.early_stopping { patience = 5 } }",
    optional = true, annotation = "nightjar.Callback[]" },
  { "reporters", "any", "what is printed or written into the run's folder, for example { nj.reporters.lines {} }",
    optional = true, annotation = "nightjar.Reporter[]" },
  { "gradient_norm", "boolean", "records the Euclidean norm of all gradients, before clipping: its mean over the "
    .. "steps of "
    .. "an epoch in the column gradient_norm, its largest in gradient_norm_max", optional = true },
  { "bad_gradients", "string", "what happens at gradients that are not finite: \"stop\" ends with an error that "
    .. "names the "
    .. "parameter and leaves the weights as they were, \"skip\" leaves the step out and counts it in the column "
    .. "skipped_steps", optional = true },
  { "learning_rate", "any", "instead of a schedule: always the same", optional = true, annotation = "number" },
  { "metrics", "any", "names and metrics", optional = true, annotation = "(string|nightjar.Metric)[]" },
  { "batch_size", "integer", "samples a step", optional = true },
  { "augment", "any", "random changes of training samples: { crop = 4, flip = true } surrounds images by so many "
    .. "pixels of zeros, cuts their size out of that, and mirrors every other one; nj.augmentations.mixup {} and its "
    .. "like mix samples and their labels, which become soft; a function gets the inputs of a batch and returns as "
    .. "many changed ones of the same shape. Several in one table, as { crop = 4, nj.augmentations.mixup {} }, happen "
    .. "in this order", optional = true,
    annotation = "nightjar.Augmentation | fun(inputs: nightjar.Tensor): nightjar.Tensor | { crop: integer?, "
      .. "flip: boolean?, [integer]: nightjar.Augmentation|fun(inputs: nightjar.Tensor): nightjar.Tensor }" },
  { "evaluation_batch_size", "integer", "samples a batch of an evaluation pass", optional = true },
  { "evaluation_interval", "integer", "epochs from one evaluation pass to the next", optional = true },
  { "seed", "integer", "of all that is not seeded on its own (default: the run's, see nj.manual_seed)",
    optional = true },
  { "init_seed", "integer", "of the first weights", optional = true },
  { "shuffle_seed", "integer", "of the order of samples", optional = true },
  { "train_seed", "integer", "of draws in training, such as dropout", optional = true },
  { "ledger", "boolean", "keeps a row for each epoch and training sample in ledger.npy: prediction, loss, probability "
    .. "of the given label, margin, and what metrics by sample add (default: where that is less than a megabyte)",
    optional = true },
  { "best", "string", "the column whose best epoch the run's summary tells, beside the last (default "
    .. "\"validation_accuracy\", else \"test_accuracy\")", optional = true },
  { "on_epoch", "any", "called after each epoch with its record; false ends training", optional = true,
    annotation = "fun(record: table<string, number>): boolean?" },
  { "on_step", "any", "called after each step; false ends training", optional = true,
    annotation = "fun(step: { epoch: integer, step: integer, loss: number, learning_rate: number }): boolean?" },
})
-- What whole numbers may be; those that are not here are seeds.
local at_least_one = { type = "integer", min = 1, max = 2147483647 }
local integer_ranges = { accumulate = at_least_one, batch_size = at_least_one, evaluation_batch_size = at_least_one,
  evaluation_interval = at_least_one }
local seed_range = { type = "integer" }
local rate_range = { type = "number", min = 0 }

-- Measured in every evaluation pass, whether asked for or not.
local standard = { j1 = true, j2 = true, memorized = true, corrected = true, other = true, fit_clean = true,
  test_accuracy = true, loss = true }

-- Columns that a metric of one's own cannot have.
local taken = { epoch = true, step = true, learning_rate = true, train_loss_running = true, j1_running = true,
  gradient_norm = true, gradient_norm_max = true, skipped_steps = true, validation_accuracy = true }
for name in pairs(standard) do
  taken[name] = true
end

local definition_of, settings_of = record.definition_of, record.settings

local function need(given, field, what, example)
  local value = given[field]
  if value == nil then
    native.fail("nj.trainer needs '" .. field .. "': " .. what .. ", for example " .. example)
  end
  local definition = definition_of(value)
  if definition == nil then
    local hint = definitions.kind(value) and ": this is its definition, call it with its parameters, for example "
      .. example or ", for example " .. example
    native.fail("'" .. field .. "' of nj.trainer must be " .. what .. ", got " .. params.a_kind(value) .. hint)
  end
  return value, definition
end

local function schedule_of(given)
  if given.schedule ~= nil and given.learning_rate ~= nil then
    native.fail("nj.trainer takes a schedule or a learning_rate, not both")
  end
  local value = given.schedule
  if given.learning_rate ~= nil then
    if definitions.kind(given.learning_rate) or definition_of(given.learning_rate) then
      value = given.learning_rate
    else
      return nj.schedules.constant { base = params.checked("'learning_rate' of nj.trainer", rate_range,
        given.learning_rate) }
    end
  end
  if type(value) == "number" then
    return nj.schedules.constant { base = params.checked("'schedule' of nj.trainer", rate_range, value) }
  elseif value == nil then
    native.fail("nj.trainer needs 'schedule' or 'learning_rate', for example learning_rate = 0.1")
  end
  need({ schedule = value }, "schedule", "a schedule", "nj.schedules.step { base = 0.1, drops = { 100 } }")
  if not schedules.is_schedule(value) then
    native.fail("'schedule' of nj.trainer must be a schedule, got " .. definitions.describe(value))
  end
  return value
end

local function metrics_of(given)
  local objects, names, list = {}, {}, {}
  if given ~= nil then
    params.check_list("'metrics' of nj.trainer", given, "{ \"j1\", \"test_accuracy\" }")
    table.move(given, 1, #given, 1, list)
  end
  -- What `nightjar ask` wants to know of a run.
  for _, file in ipairs(native.asked_metrics()) do
    list[#list + 1] = file
  end
  for _, metric in ipairs(list) do
    if type(metric) == "string" and not standard[metric] then
      metric = nj.metrics[metric] {}
    end
    if type(metric) ~= "string" then
      local definition = definition_of(metric)
      if definition == nil then
        native.fail("'metrics' of nj.trainer lists names and metrics, got " .. params.a_kind(metric))
      end
      local name = column_of(metric)
      if objects[name] then
        native.fail("'metrics' of nj.trainer has two metrics called '" .. name .. "', and each is a column: give them "
          .. "names of their own, as in " .. definition.name .. " { as = \"" .. name .. "_2\" }")
      elseif taken[name] then
        native.fail("'metrics' of nj.trainer: '" .. name .. "' is a column of every training already: give the metric "
          .. "another name")
      end
      objects[name] = metric
      names[#names + 1] = name
    end
  end
  return objects, names
end

-- How a script's metrics declare themselves, by name.
local function metric_facts(objects)
  local facts = {}
  for name, metric in pairs(objects) do
    local definition = definition_of(metric)
    facts[name] = { title = rawget(metric, "as") or definition.title, doc = definition.doc, unit = definition.unit,
      direction = definition.direction, range = definition.range, decimals = definition.decimals,
      returns = definition.returns }
  end
  return facts
end

local function metric_records(objects, names)
  local records = {}
  for i, name in ipairs(names) do
    records[i] = record.of(objects[name])
    records[i].as = rawget(objects[name], "as")
  end
  return records
end

-- Callbacks in their order, then the functions that are called.
local function callback_records(callbacks, given)
  local records = {}
  for i, callback in ipairs(callbacks) do
    records[i] = record.of(callback)
  end
  for _, field in ipairs { "on_epoch", "on_step" } do
    if type(given[field]) == "function" then
      records[#records + 1] = record.of_function(given[field])
      records[#records].name = field
    elseif given[field] ~= nil then
      records[#records + 1] = { kind = "function", name = field, file = tostring(given[field]) }
    end
  end
  return records
end

-- A callback: a function, or the path of a file that returns one, which a run with --watch can replace.
local function add_callback(callbacks, given, field)
  local value = given[field]
  if type(value) == "string" then
    local chunk, file = native.load_file(value, native.where_am_i():match("^(.*):%d+$"))
    local loaded = chunk()
    if type(loaded) ~= "function" then
      native.fail(string.format("'%s' of nj.trainer: %s must return a function, it returned %s", field, value,
        loaded == nil and "nothing: did it forget 'return'?" or "a " .. type(loaded)))
    end
    callbacks[field], callbacks[field .. "_file"] = loaded, file
  elseif value ~= nil and type(value) ~= "function" then
    native.fail(string.format("'%s' of nj.trainer must be a function or the path of a file that returns one, got %s",
      field, params.a_kind(value)))
  else
    callbacks[field] = value
  end
end

local statistics = { "recomputed", "averaged", "running" }
local is_statistics = { recomputed = true, averaged = true, running = true }

-- With which statistics averages are judged.
local function statistics_of(given)
  local value = given.average_statistics
  if value == nil then
    return given.average ~= nil and "recomputed" or nil
  elseif not is_statistics[value] then
    native.fail("'average_statistics' of nj.trainer is one of " .. table.concat(statistics, ", ") .. ", got "
      .. params.show(value) .. params.suggestion(tostring(value), statistics))
  elseif given.average == nil then
    native.fail("'average_statistics' of nj.trainer says what averages are judged with, and there are none: give it "
      .. "average = nj.ema { decay = 0.999 } as well")
  end
  return value
end

-- The rules of all groups, as the host calls them, and what it needs to know of each.
local function rules_of(given, model, optimizer)
  if given.groups ~= nil then
    params.check_list("'groups' of nj.trainer", given.groups, "{ { match = \"bias$\", weight_decay = 0 } }")
  end
  local clip, average = clips.from(given.clip), averages.check(given.average)
  local rules, facts, made = { measure = clips.measures(clip) and clip or nil }, {}, {}
  local settings = { clip = clip and settings_of(clip), average = average and settings_of(average) }
  if average then
    settings.average.statistics = statistics_of(given)
  end
  for i, group in ipairs(groups.of(model:parameter_paths(), given.groups, optimizer)) do
    local rule = groups.rule(group.optimizer, clip, average)
    rules[tostring(i)], made[i] = rule, group.optimizer
    facts[i] = {
      looks_ahead = optimizers.looks_ahead(group.optimizer),
      paths = group.paths, scale = group.scale, frozen = group.frozen or false, state = rule:slots(),
      name = definition_of(group.optimizer).name,
    }
    settings["group_" .. i] = given.groups and {
      paths = group.paths, frozen = group.frozen or false, learning_rate_scale = group.scale,
      optimizer = definition_of(group.optimizer).name, parameters = settings_of(group.optimizer),
    } or nil
  end
  for name, object in pairs { clip = clip, average = average } do
    settings[name].name = definition_of(object).name
  end
  return rules, facts, settings, made
end

-- The model; of a list of models one that has the outputs of all.
local function model_of(given)
  local model = given.model
  if type(model) == "table" and #model > 0 then
    for i, one in ipairs(model) do
      if not models.is_layer(one) then
        native.fail(string.format("entry %d of 'model' of nj.trainer must be a layer or a model, got a %s", i,
          models.kind_of(one)))
      end
    end
    model = nj.layers.together { models = table.move(model, 1, #model, 1, {}) }
  end
  if model == nil then
    native.fail("nj.trainer needs 'model', for example nj.models.mlp { inputs = 64, classes = 10 }")
  elseif not models.is_layer(model) then
    native.fail("'model' of nj.trainer must be a layer or a model, got a " .. models.kind_of(model))
  end
  return model
end

local fields = { names = field_names }

--- The parts of a training from what nj.trainer was given: what the host makes a trainer of.
function fields.read(given)
  if type(given) ~= "table" then
    native.fail("nj.trainer expects a table { model = ..., loss = ..., ... }, got " .. params.a_kind(given))
  end
  params.check_names("nj.trainer", given, field_names, "field")
  local model = model_of(given)
  local loss = given.loss
  if not losses.is_loss(loss) then
    need(given, "loss", "a loss", "nj.losses.cce {}")
  end
  local optimizer = need(given, "optimizer", "an optimizer", "nj.optim.sgd { momentum = 0.9 }")
  local schedule = schedule_of(given)
  local metrics, metric_names = metrics_of(given.metrics)
  local rules, group_facts, group_settings, made = rules_of(given, model, optimizer)
  local augment = augmentations.of_trainer(given.augment, loss)
  local others = { { "loss", loss }, { "on_epoch", given.on_epoch }, { "on_step", given.on_step },
    { "augment", augment.change } }
  for _, name in ipairs(metric_names) do
    others[#others + 1] = { "metric", metrics[name] }
  end
  for _, augmentation in ipairs(augment.list) do
    others[#others + 1] = { "augment", augmentation }
  end
  for _, one in ipairs(made) do
    others[#others + 1] = { "an optimizer", one }
  end
  local along = course.new(model, schedule, made, given.callbacks, others, given.reporters)
  if math.type(given.logits) == "integer" and given.logits < 1 then
    native.fail("'logits' of nj.trainer counts outputs from 1, got " .. given.logits)
  elseif given.bad_gradients ~= nil and given.bad_gradients ~= "stop" and given.bad_gradients ~= "skip" then
    native.fail("'bad_gradients' of nj.trainer is \"stop\" or \"skip\", got " .. params.show(given.bad_gradients))
  elseif given.gradient_norm ~= nil and type(given.gradient_norm) ~= "boolean" then
    native.fail("'gradient_norm' of nj.trainer is true or false, got " .. params.show(given.gradient_norm))
  end
  if given.ledger ~= nil and type(given.ledger) ~= "boolean" then
    native.fail("'ledger' of nj.trainer is true or false, got " .. params.show(given.ledger))
  elseif given.best ~= nil and type(given.best) ~= "string" then
    native.fail("'best' of nj.trainer is the name of a column, for example \"validation_accuracy\", got "
      .. params.show(given.best))
  end
  rules.augment = augment.change
  local mixing, keeping = {}, {}
  for i, augmentation in ipairs(augment.list) do
    rules["mix_" .. i], rules["mixes_" .. i] = augmentations.rule(augmentation), augmentation
    mixing[i] = definition_of(augmentation).name
    keeping[i] = definition_of(augmentation).keeps_labels == true
  end
  local facts = {
    loss = definition_of(loss).name, optimizer = definition_of(optimizer).name,
    form = losses.facts_of(loss),
    schedule = definition_of(schedule).name, metrics = metric_names,
    metric_facts = metric_facts(metrics),
    augment = augment.images, mixing = mixing, keeping = keeping, average_statistics = statistics_of(given),
    gradient_norm = given.gradient_norm, bad_gradients = given.bad_gradients,
    ledger = given.ledger, best = given.best,
    groups = group_facts, clip = rules.measure and definition_of(rules.measure).name or nil,
    components = {
      loss = record.of(loss), optimizer = record.of(optimizer), schedule = record.of(schedule),
      metrics = metric_records(metrics, metric_names), callbacks = callback_records(along.callbacks, given),
      augment = augment.records, update = group_settings,
    },
  }
  for name, kind in pairs(field_types) do
    local value = given[name]
    if kind == "integer" and value ~= nil then
      facts[name] = params.checked("'" .. name .. "' of nj.trainer", integer_ranges[name] or seed_range, value)
    end
  end
  local callbacks = {}
  add_callback(callbacks, given, "on_epoch")
  add_callback(callbacks, given, "on_step")
  return { model = model, loss = loss, schedule = schedule, rules = rules, course = along, metrics = metrics,
    facts = facts, callbacks = callbacks }
end

return fields
