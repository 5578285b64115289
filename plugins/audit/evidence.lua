-- What is known of the labels of a data set, in the form that all suspicions read:
--
--   labels           the given ones, int32 from 1
--   classes, class_names
--   probabilities    (samples, classes) in float64; nil where none could be had
--   in_sample        whether the model had seen these labels
--   history          arrays (epochs, samples) by name, as of a run's ledger, with labels; nil where there is none
--   true_labels      where they are known; never read by a suspicion
--   wrong            a mask of the labels that are known to be wrong, where it is known otherwise; never read either
--   files            what each sample's file is called, where samples are files
--   inputs           for pictures, where there are some
--   source           one line that says where it comes from
local nj = require "nightjar"

local evidence = {}

local function check_labels(owner, labels, classes)
  if not nj.is_tensor(labels) or labels:rank() ~= 1 or labels:numel() == 0 then
    error(owner .. " needs labels that are one class a sample")
  end
  local low, high = labels:min():item(), labels:max():item()
  if low < 1 or high > classes then
    error(string.format("%s: labels are from 1 to %d, got some from %d to %d", owner, classes, low, high))
  end
end

-- Rows that are probabilities: none below 0, each with the sum 1.
local function check_probabilities(owner, rows, count)
  if not nj.is_tensor(rows) or rows:rank() ~= 2 or rows:size(1) ~= count then
    error(string.format("%s needs probabilities of shape (%d, classes), one row a label, got %s", owner, count,
      nj.is_tensor(rows) and "(" .. table.concat(rows:shape(), ", ") .. ")" or "none"))
  elseif not rows:isfinite():all():item() or rows:min():item() < 0 then
    error(owner .. ": probabilities are numbers from 0 to 1, and some are below 0 or no numbers")
  end
  local off = (rows:sum(-1) - 1):abs():max():item()
  if off > 1e-3 then
    error(string.format("%s: each row of probabilities has the sum 1, one differs by %.3g", owner, off))
  end
end

--- Checks what a source found and gives it in its form; `owner` begins messages.
function evidence.of(owner, given)
  local known = {}
  for name, value in pairs(given) do
    known[name] = value
  end
  if known.probabilities then
    known.probabilities = known.probabilities:double():copy()
    known.classes = known.classes or known.probabilities:size(2)
  elseif known.history == nil or known.history.prediction == nil then
    error(owner .. " has neither probabilities nor a history with 'prediction' to judge labels by")
  end
  check_labels(owner, known.labels, known.classes)
  known.labels = known.labels:int():copy()
  local wrong, files = known.wrong, known.files
  if wrong and (not nj.is_tensor(wrong) or wrong:dtype() ~= "bool" or wrong:numel() ~= known.labels:numel()) then
    error(string.format("%s: 'wrong' is a mask of type bool, one entry for each of the %d labels", owner,
      known.labels:numel()))
  elseif files and (type(files) ~= "table" or #files ~= known.labels:numel()) then
    error(string.format("%s: 'files' is a list of texts, one for each of the %d labels", owner, known.labels:numel()))
  end
  if known.probabilities then
    check_probabilities(owner, known.probabilities, known.labels:numel())
  end
  if known.class_names == nil then
    known.class_names = {}
    for class = 1, known.classes do
      known.class_names[class] = tostring(class - 1)
    end
  end
  if known.history then
    known.history.labels = known.labels
  end
  known.owner = owner
  return known
end

--- The classes of a data set's labels; a message where they are of another kind.
function evidence.labels_of(owner, set)
  if set:label_kind() ~= "classes" or set:labels():rank() ~= 1 then
    error(owner .. " is for labels that are one class a sample, and this data set has others")
  elseif not set:keep():all():item() then
    error(owner .. ": some samples of this data set have no label: leave them out first")
  end
  return set:labels():int()
end

--- Adds the columns of an epoch to lists by name: what the logits say of the given labels.
function evidence.add_epoch(history, logits, labels)
  logits = logits:double()
  local p = logits:softmax(-1)
  local own = labels:one_hot(logits:size(2), { dtype = "bool" })
  local columns = {
    prediction = logits:argmax(-1):double(), loss = -logits:log_softmax(-1):pick(labels), p_given = p:pick(labels),
    margin = logits:pick(labels) - nj.where(own, -math.huge, logits):max(-1),
    el2n = (p - own:double()):square():sum(-1):sqrt(),
  }
  for name, values in pairs(columns) do
    history[name] = history[name] or {}
    table.insert(history[name], values:copy())
  end
end

--- Lists by name as arrays (epochs, samples).
function evidence.stacked(history)
  local arrays = {}
  for name, list in pairs(history) do
    arrays[name] = nj.stack(list, 1):copy()
  end
  return arrays
end

return evidence
