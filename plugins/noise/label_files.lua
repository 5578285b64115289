-- Labels that people gave, as files and tensors hold them.
local nj = require "nightjar"

local files = {}

files.labels = {
  type = "any",
  doc = "a file whose labels count from 0, as they are published (.pt of PyTorch, .npy, .npz, or .u8: one byte a "
    .. "label), or a tensor of labels from 1; rows of counts or probabilities by class are drawn from",
}

files.truth = {
  type = "any", optional = true,
  doc = "the clean labels of the same file, in the same form: that the order is the data's is then looked at",
}

files.key = { type = "string", optional = true, doc = "which array of a .pt or .npz file 'labels' is" }

files.truth_key = { type = "string", optional = true, doc = "which array 'truth' is" }

local read = setmetatable({}, { __mode = "k" })

-- The array of a file, by its key where there are several.
local function array_of(owner, path, key)
  local value = nj.load(path)
  if nj.is_tensor(value) then
    return value
  end
  local names = {}
  for name in pairs(value) do
    names[#names + 1] = name
  end
  table.sort(names)
  if key == nil and #names == 1 then
    key = names[1]
  end
  if key == nil or value[key] == nil then
    error(string.format("%s: %s holds the arrays %s: say which by its key", owner, path, table.concat(names, ", ")))
  end
  return value[key]
end

--- Labels from 1, or rows by class, as a tensor. `object` keeps what was read.
function files.tensor(object, owner, field, key)
  local kept = read[object] or {}
  read[object] = kept
  if kept[field] == nil then
    local value = object[field]
    if type(value) == "string" then
      local array = array_of(owner, value, key)
      value = array:rank() == 1 and array:int() + 1 or array
    elseif not nj.is_tensor(value) then
      error(string.format("%s: '%s' is the path of a file or a tensor", owner, field))
    end
    if value:rank() == 2 and value:size(2) == 1 then
      value = value:squeeze(2)
    end
    kept[field] = value:copy()
  end
  return kept[field]
end

--- What is wrong with the parameters of such a model, or nil.
function files.fault(object)
  for _, field in ipairs { "labels", "truth" } do
    local value = object[field]
    if value ~= nil and type(value) ~= "string" and not (nj.is_tensor(value) and value:rank() <= 2) then
      return "'" .. field .. "' is the path of a file, or a tensor of labels from 1"
    end
  end
end

--- The labels of the first `count` samples, compared with the data's true ones where clean ones are known.
function files.labels_of(object, owner, labels, count)
  local given = files.tensor(object, owner, "labels", object.key)
  if given:size(1) < count then
    error(string.format("%s: there are %d labels for %d samples", owner, given:size(1), count))
  end
  if object.truth ~= nil then
    local truth = files.tensor(object, owner, "truth", object.truth_key)
    if truth:rank() ~= 1 or truth:size(1) ~= given:size(1) then
      error(string.format("%s: 'truth' must be as many labels as 'labels', %d, got %s", owner, given:size(1),
        truth:rank() == 1 and truth:size(1) or "rows"))
    end
    local differ = truth:narrow(1, 1, count):int():ne(labels)
    local wrong = differ:int():sum():item()
    if wrong > 0 then
      local first = differ:int():argmax():item()
      error(string.format("%s: %d of the %d true labels are not those of the file, first at sample %d (%d, the file "
        .. "has %d): the data is in another order", owner, wrong, count, first, labels:totable()[first],
        truth:totable()[first]))
    end
  end
  return given:narrow(1, 1, count)
end

--- Rows by class as probabilities.
function files.probabilities(rows)
  local x = rows:double()
  return x / x:sum(-1, { keep = true })
end

return files
