-- Which of what is not published fits the published J1 best, by least squares: alpha of rll, how many samples, and
-- which accuracy. Candidates are compared on the rates and epochs that all of them have, so that none wins by what it
-- lacks.
local compare = require "compare.lua"
local groups = require "groups.lua"

local fits = {}

local accuracies = { { "evaluated", "j1" }, { "running", "j1_running" } }

-- Places where a candidate and the published curves are known, by loss, rate and epoch: the differences.
local function differences_of(list, column)
  local at = {}
  for _, group in ipairs(list) do
    local expected = compare.curves_of(group.figure, group.loss, group.rate).j1
    for _, epoch in ipairs(compare.common(group.curves[column], expected)) do
      at[table.concat({ group.loss, group.rate, epoch }, "|")] = group.curves[column][epoch] - expected[epoch]
    end
  end
  return at
end

-- Settings as candidates: those that differ in loss (but for alpha) and rate alone belong together.
local function candidates_of(list)
  local keys, order = {}, {}
  for _, group in ipairs(list) do
    local key = table.concat({ group.alpha or "", group.share, group.samples }, "|")
    if keys[key] == nil then
      keys[key] = { alpha = group.alpha, share = group.share, samples = group.samples, groups = {} }
      order[#order + 1] = keys[key]
    end
    table.insert(keys[key].groups, group)
  end
  local candidates = {}
  for _, entry in ipairs(order) do
    for _, accuracy in ipairs(accuracies) do
      candidates[#candidates + 1] = { alpha = entry.alpha, share = entry.share, samples = entry.samples,
        accuracy = accuracy[1], at = differences_of(entry.groups, accuracy[2]) }
    end
  end
  return candidates
end

-- The root of the mean square of each on the places that all have, in points; the least first.
local function ranked(candidates)
  local shared = {}
  for place in pairs(candidates[1] and candidates[1].at or {}) do
    local is_shared = true
    for _, candidate in ipairs(candidates) do
      is_shared = is_shared and candidate.at[place] ~= nil
    end
    shared[#shared + 1] = is_shared and place or nil
  end
  if #shared == 0 then
    return {}
  end
  for _, candidate in ipairs(candidates) do
    local sum = 0
    for _, place in ipairs(shared) do
      sum = sum + candidate.at[place] ^ 2
    end
    candidate.rms, candidate.places = math.sqrt(sum / #shared), #shared
  end
  table.sort(candidates, function(a, b) return a.rms < b.rms end)
  return candidates
end

--- Candidates of rll (alpha, samples, accuracy) and of the other losses together (samples, accuracy): two lists, the
--- best fit first, each { alpha, share, samples, accuracy, rms, places }.
function fits.of(all, figure)
  local others = {}
  for _, loss in ipairs { "cce", "mse", "nmse" } do
    for _, group in ipairs(groups.where(all, figure, loss)) do
      others[#others + 1] = group
    end
  end
  return ranked(candidates_of(groups.where(all, figure, "rll"))), ranked(candidates_of(others))
end

return fits
