-- Orders of samples and what they have in common.
local nj = require "nightjar"

local rankings = {}

--- Positions from the most suspicious on; equal scores in the order of the samples.
function rankings.order(scores)
  local values, order = scores:totable(), {}
  for i = 1, #values do
    order[i] = i
  end
  table.sort(order, function(a, b)
    if values[a] ~= values[b] then
      return values[a] > values[b]
    end
    return a < b
  end)
  return order
end

--- Ranks from 1, the most suspicious, as float64; equal scores share the middle of their ranks.
function rankings.ranks(scores)
  local values, order, ranks = scores:totable(), rankings.order(scores), {}
  local first = 1
  while first <= #order do
    local last = first
    while last < #order and values[order[last + 1]] == values[order[first]] do
      last = last + 1
    end
    for place = first, last do
      ranks[order[place]] = (first + last) / 2
    end
    first = last + 1
  end
  return nj.tensor(ranks, { dtype = "float64" })
end

--- Spearman's coefficient from ranks: Pearson's of them; nan where one has no order at all.
function rankings.spearman(left, right)
  local a, b = left - left:mean(), right - right:mean()
  return ((a * b):sum() / (a:square():sum() * b:square():sum()):sqrt()):item()
end

--- The share of the first `count` of one order that are among the first `count` of another.
function rankings.overlap(left, right, count)
  local is_first, both = {}, 0
  for place = 1, count do
    is_first[left[place]] = true
  end
  for place = 1, count do
    both = both + (is_first[right[place]] and 1 or 0)
  end
  return both / count
end

return rankings
