-- How well a score of each sample finds the wrong labels among all: positives are the wrong ones, and the larger a
-- score, the more suspicious.
local finding = {}

-- Scores and which labels are wrong, as float64, in the order of falling scores; nil where there is nothing to find or
-- nothing else.
local function ordered(scores, wrong)
  local positives = wrong:int():double()
  local count, found = scores:numel(), positives:sum():item()
  if found == 0 or found == count then
    return nil
  end
  local order = scores:double():argsort(-1, { descending = true })
  return scores:double():index(1, order):totable(), positives:index(1, order):totable(), count, found
end

-- Calls f(positives, samples) for each run of equal scores, from the highest on: how many of each it holds.
local function each_tie(scores, positives, count, f)
  local first = 1
  while first <= count do
    local last, hits = first, 0
    while last <= count and scores[last] == scores[first] do
      hits = hits + positives[last]
      last = last + 1
    end
    f(hits, last - first)
    first = last
  end
end

--- The area under the receiver's curve: the chance that a wrong label has a higher score than a right one, equal scores
--- counting one half (the rank sum of Mann and Whitney with mid-ranks).
function finding.auroc(scores, wrong)
  local values, positives, count, found = ordered(scores, wrong)
  if values == nil then
    return nil
  end
  local others_above, area = 0, 0
  each_tie(values, positives, count, function(hits, size)
    local misses = size - hits
    area = area + hits * (count - found - others_above - misses / 2)
    others_above = others_above + misses
  end)
  return area / (found * (count - found))
end

--- Average precision: the sum over thresholds of precision times the recall gained there, equal scores together.
function finding.average_precision(scores, wrong)
  local values, positives, count, found = ordered(scores, wrong)
  if values == nil then
    return nil
  end
  local hits, seen, sum = 0, 0, 0
  each_tie(values, positives, count, function(more, size)
    hits, seen = hits + more, seen + size
    sum = sum + more / found * hits / seen
  end)
  return sum
end

--- The share of wrong labels among as many samples of the highest scores as there are wrong labels; of equal scores at
--- the edge, each counts by its share.
function finding.precision_at_wrong(scores, wrong)
  local values, positives, count, found = ordered(scores, wrong)
  if values == nil then
    return nil
  end
  local hits, left = 0, found
  each_tie(values, positives, count, function(more, size)
    local taken = math.min(size, left)
    hits, left = hits + more * taken / size, left - taken
  end)
  return hits / found
end

--- The largest recall at a threshold with at least that precision; 0 where there is none.
function finding.recall_at_precision(scores, wrong, precision)
  local values, positives, count, found = ordered(scores, wrong)
  if values == nil then
    return nil
  end
  local hits, seen, best = 0, 0, 0
  each_tie(values, positives, count, function(more, size)
    hits, seen = hits + more, seen + size
    if hits / seen >= precision then
      best = hits / found
    end
  end)
  return best
end

return finding
