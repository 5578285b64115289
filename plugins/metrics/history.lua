-- What a training left: arrays by epoch and sample, and columns by epoch.
local nj = require "nightjar"

local history = {}

local function is_run(value)
  return type(value) == "table" and not nj.is_tensor(value) and rawget(value, "ledger") == nil
    and getmetatable(value) ~= nil
end

--- The ledger of a run with its labels, or the table of arrays itself.
function history.of(owner, value)
  if type(value) ~= "table" or nj.is_tensor(value) then
    error(tostring(owner) .. " takes a run, or a table of arrays (epochs, samples) such as { margin = m, labels = y }")
  elseif not is_run(value) then
    return value
  end
  local ledger = value:ledger()
  if ledger == nil then
    error(tostring(owner) .. ": " .. tostring(value) .. " has no ledger: give nj.trainer ledger = true")
  end
  local columns = {}
  for name, array in pairs(ledger) do
    columns[name] = array
  end
  columns.true_labels, columns.labels = value:labels()
  return columns
end

--- An array (epochs, samples) of a history, as float64.
function history.column(owner, value, name)
  local columns = history.of(owner, value)
  local array = columns[name]
  if array == nil then
    local names = {}
    for known in pairs(columns) do
      names[#names + 1] = known
    end
    table.sort(names)
    error(string.format("%s needs '%s' of each epoch and sample, and there are %s", tostring(owner), name,
      table.concat(names, ", ")))
  elseif array:rank() ~= 2 then
    error(string.format("%s: '%s' must have shape (epochs, samples), got (%s)", tostring(owner), name,
      table.concat(array:shape(), ", ")))
  end
  return array:double(), columns
end

--- Where each sample was predicted as its given label: a mask (epochs, samples).
function history.right(owner, value)
  local predictions, columns = history.column(owner, value, "prediction")
  if columns.labels == nil then
    error(tostring(owner) .. " needs 'labels', one a sample")
  end
  return predictions:eq(columns.labels:double():unsqueeze(1)), predictions:size(1)
end

--- The values of a column and their epochs, as lists, of records or a run; epochs without a value are left out.
function history.series(owner, records, column)
  local epochs, values = {}, {}
  local function add(epoch, value)
    if value ~= nil and value == value then
      epochs[#epochs + 1], values[#values + 1] = epoch, value
    end
  end
  if is_run(records) then
    local curves = records:curves()
    for i, epoch in ipairs(curves.epoch or {}) do
      add(epoch, curves[column] and curves[column][i])
    end
  elseif type(records) == "table" and not nj.is_tensor(records) then
    for i, record in ipairs(records) do
      add(record.epoch or i, record[column])
    end
  else
    error(tostring(owner) .. " takes what trainer:fit returns, or a run")
  end
  return epochs, values
end

return history
