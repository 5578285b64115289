-- What labels may be besides one class a sample: soft (a row of probabilities), left out (`ignore`, or the batch's
-- mask `keep`), dense (one for every place of a picture), or 0 and 1 for every logit. All of it is brought here into
-- the rows that `forward` knows, so that no loss has to think of it, and none can forget it.
local part = ...
local params = part "params"
local native, nj, rawget, type = native, nj, rawget, type

local targets = {}

-- Numbers that the general rule for soft labels may spread a batch over: rows * classes * classes.
local largest_spread = 1 << 26

local several = "\n  labels of the logits' shape are rows of probabilities; for several labels a sample there is "
  .. "nj.losses.bce, and a loss of your own declares labels = \"binary\" or \"any\""

local function equal(a, b, count)
  if #a ~= (count or #a) or #b ~= (count or #b) then
    return false
  end
  for i = 1, #a do
    if a[i] ~= b[i] then
      return false
    end
  end
  return true
end

--- The common parameter of all losses; scripts can reach it through any of them.
targets.common = (native.sealed {
  ignore = {
    type = "integer", optional = true,
    doc = "a label whose samples are left out; of soft labels, rows of zeros are",
  },
})

-- What to write for the layouts of other tools: a column of labels, classes in the second dimension; nothing else.
local function layout_hint(own, given)
  local front = table.move(own, 1, #own - 1, 1, {})
  if #own == #given and given[#given] == 1 and equal(front, table.move(given, 1, #given - 1, 1, {})) then
    return ": write labels:squeeze(-1)"
  end
  local places = table.move(own, 3, #own, 2, { own[1] })
  if #own < 3 or not equal(places, given) then
    return ""
  end
  local order = { "1" }
  for dimension = 3, #own do
    order[#order + 1] = tostring(dimension)
  end
  return ": classes come last, put them there with logits:permute(" .. table.concat(order, ", ") .. ", 2)"
end

local function refuse(owner, logits, labels)
  if not nj.is_tensor(logits) then
    native.fail(owner .. " expects logits as a tensor, got " .. params.a_kind(logits)
      .. "\n  usage: loss(logits, labels)")
  elseif not nj.is_tensor(labels) then
    native.fail(owner .. " expects labels as a tensor, got " .. params.a_kind(labels)
      .. "\n  usage: loss(logits, labels), for example with nj.tensor({ 1, 3, 2 }, { dtype = \"int32\" })")
  end
  local own, given = logits:shape(), labels:shape()
  native.fail(string.format("%s got logits of shape %s and labels of shape %s: there must be one label a row%s",
    owner, params.shape_text(own), params.shape_text(given), layout_hint(own, given)))
end

-- What is no number for every class.
local function refuse_types(owner, logits)
  if logits:dtype() ~= "float32" and logits:dtype() ~= "float64" then
    native.fail(string.format("%s expects float32 or float64 logits, got %s: the order is loss(logits, labels)", owner,
      logits:dtype()))
  end
end

-- ---- The batch, in other rows ---------------------------------------------------------------------------------------

local function copy_of(batch)
  local copy = {}
  for name, value in next, batch do
    copy[name] = value
  end
  copy.keep = nil
  return copy
end

-- What a model gives for every place of pictures, in rows; nil where it is not of the pictures' shape.
local function rows_of(t, own)
  local shape = t:shape()
  if #shape == #own and equal(table.move(shape, 1, #own - 1, 1, {}), table.move(own, 1, #own - 1, 1, {})) then
    return t:reshape(t:numel() // math.max(shape[#shape], 1), shape[#shape])
  end
end

-- What is known of the batch, for every place of pictures instead of every picture. `own` is the shape of the logits.
local function dense_batch(batch, places, classes, own)
  if type(batch) ~= "table" then
    return batch
  end
  local dense = copy_of(batch)
  local model = rawget(batch, "model")
  dense.count = batch.count and batch.count * places
  dense.indices = batch.indices and batch.indices:repeat_interleave(places, 1)
  if model then
    dense.model = function(inputs)
      local logits = model(inputs)
      return logits:reshape(logits:numel() // classes, classes)
    end
  end
  for i, output in ipairs(rawget(batch, "outputs") or {}) do
    dense.outputs = i == 1 and {} or dense.outputs
    dense.outputs[i] = rows_of(output, own) or output
  end
  for i, draw in ipairs(rawget(batch, "draws") or {}) do
    dense.draws = i == 1 and {} or dense.draws
    local rows = draw.labels:rank() > 1 and draw.labels:numel() or nil
    dense.draws[i] = {
      inputs = draw.inputs, labels = rows and draw.labels:reshape(rows) or draw.labels,
      indices = draw.indices and draw.indices:repeat_interleave(places, 1),
    }
  end
  return dense
end

-- What is known of the samples at `at` alone. Further draws are those that are kept, again from the first where they
-- are too few.
local function part_of_batch(owner, needs, batch, at, count, classes, ignore, places, is_soft)
  if type(batch) ~= "table" then
    return batch
  end
  local chosen = copy_of(batch)
  local function rows(t)
    return t and t:index(1, at)
  end
  local indices = rawget(batch, "indices")
  -- Of places of pictures, what came in rows.
  local function some(t)
    return (places == 1 or indices and t:size(1) == indices:size(1)) and rows(t) or t
  end
  chosen.count, chosen.indices = count, rows(rawget(batch, "indices"))
  local model = rawget(batch, "model")
  for set, given in pairs(places == 1 and rawget(batch, "label_sets") or {}) do
    chosen.label_sets = chosen.label_sets ~= rawget(batch, "label_sets") and chosen.label_sets or {}
    chosen.label_sets[set] = rows(given)
  end
  if places == 1 then
    chosen.inputs = rows(rawget(batch, "inputs"))
  elseif model then
    chosen.model = function(inputs) return model(inputs):index(1, at) end
  end
  for i, output in ipairs(rawget(batch, "outputs") or {}) do
    chosen.outputs = i == 1 and {} or chosen.outputs
    chosen.outputs[i] = some(output)
  end
  for i, view in ipairs(rawget(batch, "views") or {}) do
    chosen.views = i == 1 and {} or chosen.views
    chosen.views[i] = places == 1 and rows(view) or view
  end
  local draws = needs.draws > 0 and rawget(batch, "draws") or {}
  if #draws > 0 and places > 1 then
    native.fail(owner .. " draws further samples, and these cannot be left out place by place: 'ignore' goes with one "
      .. "label a sample here")
  end
  for i, draw in ipairs(draws) do
    chosen.draws = i == 1 and {} or chosen.draws
    local labels, _, kept, own = native.leave_out(draw.labels, classes, ignore, rawget(draw, "keep"), is_soft)
    if kept == 0 then
      chosen.draws[i] = { inputs = chosen.inputs, labels = batch.labels_kept, indices = chosen.indices }
    else
      local again = own:index(1, nj.arange(count, { dtype = "int32" }) % kept + 1)
      chosen.draws[i] = {
        inputs = draw.inputs:index(1, again), labels = labels:index(1, again),
        indices = draw.indices and draw.indices:index(1, again),
      }
    end
  end
  return chosen
end

-- The batch with every sample as many times in a row as there are classes.
local function spread_batch(batch, classes)
  if type(batch) ~= "table" then
    return batch
  end
  local spread = copy_of(batch)
  for _, name in ipairs { "indices", "inputs" } do
    local rows = rawget(batch, name)
    spread[name] = rows and rows:repeat_interleave(classes, 1)
  end
  for set, given in pairs(rawget(batch, "label_sets") or {}) do
    spread.label_sets = spread.label_sets ~= rawget(batch, "label_sets") and spread.label_sets or {}
    spread.label_sets[set] = given:repeat_interleave(classes, 1)
  end
  spread.count = batch.count and batch.count * classes
  return spread
end

-- ---- Soft labels ----------------------------------------------------------------------------------------------------

-- Why a loss takes no soft labels; nil where it does.
local function refusal_of(definition)
  local own = definition.soft
  if own == true or type(own) == "function" then
    return nil
  elseif own ~= nil then
    return definition.owner .. " takes no soft labels: " .. tostring(own)
  elseif definition.reduction == "batch" or definition.state or definition.needs or definition.together then
    return definition.owner .. " takes no soft labels: it is no function of single labels ("
      .. (definition.reduction == "batch" and "one number a batch" or definition.state and "it remembers samples"
        or definition.needs and "it looks at further samples" or "its values depend on the whole batch")
      .. "); declare soft = function(self, logits, labels, batch) ... end to say what they mean"
  end
end

--- The same of a loss and those it is made of, where their labels are classes.
function targets.soft_refusal(loss)
  local definition = rawget(loss, "definition")
  if definition.labels ~= nil and definition.labels ~= "classes" then
    return nil
  end
  local text = refusal_of(definition)
  for _, inner in ipairs(definition.parts or {}) do
    text = text or targets.soft_refusal(inner)
  end
  return text
end

-- The mean of the loss over labels drawn from each row: sum over k of q_k L(logits, k). A loss that has a shorter way
-- of writing it, or means something else, declares `soft`.
local function soft_values(self, definition, logits, soft, batch, values_of)
  local own, refused = definition.soft, refusal_of(definition)
  if refused then
    native.fail(refused)
  elseif own == true then
    return values_of(self, logits, soft, batch)
  elseif own then
    return values_of(self, logits, soft, batch, own)
  end
  local rows, classes = logits:size(1), logits:size(2)
  if rows * classes * classes > largest_spread then
    native.fail(string.format("%s with soft labels would be worked out for %d labels of each of %d rows at once: "
      .. "declare soft = function(self, logits, labels, batch) ... end to say how it is written for all of them",
      definition.owner, classes, rows))
  end
  local every = native.every_label(rows, classes)
  -- A class without a share may be one that is masked out: its value does not count, and must not be infinite.
  local has_share = soft:reshape(rows * classes):gt(0):unsqueeze(-1):expand(rows * classes, classes)
  local spread = nj.where(has_share, logits:repeat_interleave(classes, 1), 0)
  local values = values_of(self, spread, every, spread_batch(batch, classes))
  return values:reshape(rows, classes):pick(soft)
end

-- ---- The road -------------------------------------------------------------------------------------------------------

-- One label a row, or a row of probabilities, of `rows` rows; returns values of rows.
local function values_of_rows(self, tools, logits, labels, batch, is_soft)
  local definition = self.definition
  if is_soft then
    return tools.check(definition, soft_values(self, definition, logits, labels, batch, tools.values), logits:size(1))
  end
  return tools.check(definition, tools.values(self, logits, labels, batch), logits:size(1))
end

-- Zeros that come from the logits: of a batch in which everything is left out.
local function nothing(logits, is_batch)
  local zeros = nj.where(nj.zeros(logits:shape()):gt(0), logits, 0)
  return is_batch and zeros:sum() or zeros:sum(-1)
end

-- Rows of which some are left out. A loss whose values stand alone sees harmless rows in their place, which keeps all
-- shapes; any other one sees the rest alone.
local function values_of_kept(self, tools, logits, labels, batch, is_soft, mask, kept, at, places)
  local definition = self.definition
  local is_batch = definition.reduction == "batch"
  local rows, classes = logits:size(1), logits:size(2)
  if kept == 0 then
    return nothing(logits, is_batch)
  end
  if not tools.together(self) then
    local safe = nj.where(mask:unsqueeze(-1):expand(rows, classes), logits, 0)
    return nj.where(mask, values_of_rows(self, tools, safe, labels, batch, is_soft), 0)
  end
  local own = labels:index(1, at)
  local chosen = type(batch) == "table" and copy_of(batch) or batch
  if chosen then
    chosen.labels_kept = own
    chosen = part_of_batch(definition.owner, tools.needs(self), chosen, at, kept, classes, rawget(self, "ignore"),
      places, is_soft)
    chosen.labels_kept = nil
  end
  local values = values_of_rows(self, tools, logits:index(1, at), own, chosen, is_soft)
  if is_batch then
    return values
  end
  return nj.zeros({ rows }, { dtype = values:dtype() }):scatter_add(1, at, values)
end

-- Losses of 0 and 1 for every logit: forward gets both in one shape and returns it.
local function binary_values(self, tools, logits, labels, batch, checked)
  local definition = self.definition
  local own, given = logits:shape(), labels:shape()
  if #own == #given + 1 and own[#own] == 1 then
    logits = logits:squeeze(-1)
    own = logits:shape()
  end
  if not equal(own, given, #given) then
    native.fail(string.format("%s got logits of shape %s and labels of shape %s: there must be one label a logit",
      definition.owner, params.shape_text(own), params.shape_text(given)))
  end
  local ignore, keep = rawget(self, "ignore"), type(batch) == "table" and rawget(batch, "keep") or nil
  local mask
  if ignore ~= nil or keep then
    labels, mask = native.leave_out(labels, 0, ignore, keep)
    logits = nj.where(mask, logits, 0)
  end
  local fault = not checked and native.binary_fault(labels)
  if fault then
    native.fail(definition.owner .. ": " .. fault)
  end
  local values = tools.values(self, logits, labels:to(logits:dtype()), batch)
  if not (nj.is_tensor(values) and equal(values:shape(), own, #own)) then
    tools.wrong_shape(definition, values, own)
  end
  return mask and nj.where(mask, values, 0) or values, mask
end

-- Reads what kind of labels these are: "hard", "soft" or "binary".
local function kind_of(definition, logits, labels)
  if not (nj.is_tensor(logits) and nj.is_tensor(labels)) then
    refuse(definition.owner, logits, labels)
  elseif definition.labels == "binary" then
    return "binary"
  end
  refuse_types(definition.owner, logits)
  local own, given = logits:shape(), labels:shape()
  if #own < 2 then
    refuse(definition.owner, logits, labels)
  elseif equal(own, given, #own) then
    return "soft", own
  end
  local rows = table.move(own, 1, #own - 1, 1, {})
  if not equal(rows, given, #given) then
    refuse(definition.owner, logits, labels)
  end
  return "hard", own
end

-- Labels that the framework does not look at.
local function own_values(self, tools, logits, labels, batch)
  local definition = self.definition
  if not (nj.is_tensor(logits) and nj.is_tensor(labels)) or logits:rank() == 0 then
    refuse(definition.owner, logits, labels)
  end
  return tools.check(definition, tools.values(self, logits, labels, batch), logits:size(1))
end

--- Values of any labels, in the shape of hard labels, and the mask of what is not left out (nil where all count).
--- `checked`: labels are known to be of the kind.
function targets.values(self, tools, logits, labels, batch, checked)
  local definition = self.definition
  if definition.labels == "any" then
    if rawget(self, "ignore") ~= nil then
      native.fail(definition.owner .. " looks at its labels itself: 'ignore' means nothing there")
    end
    return own_values(self, tools, logits, labels, batch)
  end
  local kind, own = kind_of(definition, logits, labels)
  if kind == "binary" then
    return binary_values(self, tools, logits, labels, batch, checked)
  end
  if type(batch) == "table" or definition.needs then
    tools.check_batch(self, batch)
  end
  local classes, is_soft = own[#own], kind == "soft"
  local ignore, keep = rawget(self, "ignore"), type(batch) == "table" and rawget(batch, "keep") or nil
  local mask, kept, at
  if ignore ~= nil or keep then
    labels, mask, kept, at = native.leave_out(labels, classes, ignore, keep, is_soft)
  end
  local fault
  if checked then -- luacheck: ignore
  elseif is_soft then
    fault = native.soft_fault(labels)
    if fault then
      native.fail(definition.owner .. ": " .. fault .. several)
    end
  elseif labels:dtype() == "bool" then
    native.fail(definition.owner .. " expects labels from 1 to " .. classes .. ", one a row, got a bool tensor: true "
      .. "and false for every logit are for nj.losses.bce")
  else
    fault = native.label_fault(labels, classes)
    if fault then
      native.fail(fault)
    end
  end
  labels = is_soft and labels:to(logits:dtype()) or labels:int()
  local rows = logits:numel() // classes
  if #own > 2 then
    if tools.remembers(self) then
      native.fail(definition.owner .. " remembers samples and takes one label a sample: labels of shape "
        .. params.shape_text(labels:shape()) .. " have many")
    end
    batch = dense_batch(batch, rows // own[1], classes, own)
    logits = logits:reshape(rows, classes)
    labels = is_soft and labels:reshape(rows, classes) or labels:reshape(rows)
  end
  local values
  if mask then
    values = values_of_kept(self, tools, logits, labels, batch, is_soft, mask:reshape(rows), kept, at,
      rows // own[1])
  else
    values = values_of_rows(self, tools, logits, labels, batch, is_soft)
  end
  if #own > 2 and definition.reduction ~= "batch" then
    values = values:reshape(table.move(own, 1, #own - 1, 1, {}))
  end
  return values, mask
end

--- The mean over what is not left out, 0 where nothing is kept.
function targets.mean(values, mask)
  if not mask or values:rank() == 0 then
    return values:mean()
  end
  return values:sum() / mask:to(values:dtype()):sum():maximum(1)
end

--- What labels a loss is for, for messages.
function targets.words(labels)
  return labels == "binary" and "labels 0 and 1" or labels == "any" and "labels of its own" or "labels of classes"
end

--- What parts of a loss leave out: they have to agree.
function targets.common_ignore(owner, parts)
  local ignore
  for _, loss in ipairs(parts) do
    local own = rawget(loss, "ignore")
    if ignore ~= nil and own ~= nil and own ~= ignore then
      native.fail(string.format("%s: its parts leave out different labels, %s and %s", owner, params.show(ignore),
        params.show(own)))
    end
    ignore = own == nil and ignore or own
  end
  return ignore
end

return targets
