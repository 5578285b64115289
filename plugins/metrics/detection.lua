-- Defines detections: functions of finding.lua by their names.
local nj = require "nightjar"
local finding = require "finding.lua"
local history = require "history.lua"

-- Scores, the larger the more suspicious, and the mask of wrong labels.
local function read(self, scores, wrong)
  if nj.is_tensor(scores) and nj.is_tensor(wrong) and scores:rank() == 1 and wrong:rank() == 1
    and scores:numel() == wrong:numel() then
    return scores, wrong
  elseif type(scores) ~= "table" or nj.is_tensor(scores) or not rawget(scores, "definition") then
    error(tostring(self) .. " takes scores and a mask of the wrong labels, two tensors of one entry a sample; or a "
      .. "score such as nj.scores.aum {} and a run")
  end
  local past = history.of(self, wrong)
  local values = scores(past)
  if past.labels == nil or past.true_labels == nil then
    error(tostring(self) .. " needs 'labels' and 'true_labels'")
  end
  return scores.definition.suspicious == "low" and -values or values,
    past.labels:int():ne(past.true_labels:int())
end

return function(fields)
  fields.call = function(self, scores, wrong)
    scores, wrong = read(self, scores, wrong)
    return finding[fields.name](scores, wrong, rawget(self, "precision"))
  end
  return nj.detection(fields)
end
