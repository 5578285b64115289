-- What evidence says of the labels, by every suspicion that plugins provide:
--
--   names        the suspicions that the evidence sufficed for, in alphabetical order
--   scores       by name: one number a sample, the larger the more suspicious
--   orders       by name: positions from the most suspicious on, and `ranks` with equal scores in the middle
--   consensus    the mean of the ranks, `order` the positions by it
--   issues       by name: masks of the labels taken for wrong
--   suggested    the class that the evidence has for each sample, from 1
--   matrix, rate P(given j | true i) and the share of wrong labels by confident learning; nil without probabilities
--   joint        counts of given by true labels; `counts` before their calibration
--   top          how many of each order are compared: the wrong ones by `rate`, else a tenth
--   agreement    { spearman = { { ... } }, overlap = { { ... } } } in the order of `names`
--   wrong        the mask of the labels that are known to be wrong, where some are and some are not
--   found        by name: { auroc, average_precision } of these
local nj = require "nightjar"
local confident = require "confident.lua"
local rankings = require "rankings.lua"

-- The names of all suspicions.
local function all_names()
  local names = {}
  for name in pairs(nj.suspicions) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- The most probable class, or the one that was predicted most often over a training.
local function suggested(evidence)
  if evidence.probabilities then
    return evidence.probabilities:argmax(-1):int():copy()
  end
  return evidence.history.prediction:int():one_hot(evidence.classes):int():sum(1):argmax(-1):int():copy()
end

local function compared(names, of)
  local rows = {}
  for i, left in ipairs(names) do
    rows[i] = {}
    for j, right in ipairs(names) do
      rows[i][j] = of(left, right)
    end
  end
  return rows
end

return function(evidence)
  local result = { names = {}, scores = {}, orders = {}, ranks = {}, issues = {}, found = {}, evidence = evidence,
    labels = evidence.labels, suggested = suggested(evidence) }
  local count = evidence.labels:numel()
  for _, name in ipairs(all_names()) do
    local suspicion = nj.suspicions[name] {}
    local scores = suspicion(evidence)
    if scores then
      table.insert(result.names, name)
      result.scores[name] = scores:double():copy()
      result.orders[name], result.ranks[name] = rankings.order(scores), rankings.ranks(scores)
      local definition = suspicion.definition
      result.issues[name] = definition.issues and suspicion:issues(evidence) or nil
    end
  end
  local learnt = confident.of(evidence)
  if learnt then
    result.matrix, result.rate, result.joint, result.counts = learnt.matrix, learnt.rate, learnt.joint, learnt.counts
  end
  result.top = math.max(1, math.floor(count * (result.rate or 0.1) + 0.5))
  local sum = 0
  for _, name in ipairs(result.names) do
    sum = sum + result.ranks[name]
  end
  result.consensus = (sum / #result.names):copy()
  result.order = rankings.order(-result.consensus)
  result.agreement = {
    spearman = compared(result.names, function(left, right)
      return rankings.spearman(result.ranks[left], result.ranks[right])
    end),
    overlap = compared(result.names, function(left, right)
      return rankings.overlap(result.orders[left], result.orders[right], result.top)
    end),
  }
  local wrong = evidence.wrong or evidence.true_labels and evidence.true_labels:int():ne(evidence.labels)
  if wrong and wrong:any():item() and not wrong:all():item() then
    result.wrong = wrong
    for _, name in ipairs(result.names) do
      result.found[name] = {
        auroc = nj.detections.auroc {} (result.scores[name], wrong),
        average_precision = nj.detections.average_precision {} (result.scores[name], wrong),
      }
    end
    result.found.consensus = {
      auroc = nj.detections.auroc {} (-result.consensus, wrong),
      average_precision = nj.detections.average_precision {} (-result.consensus, wrong),
    }
  end
  return result
end
