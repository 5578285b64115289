-- Runs of paper.lua as settings with their curves, the mean over seeds: what claims and fits are made of.
--
-- A group has figure, loss ("rll"), alpha, name ("rll{alpha=0.1}"), rate, share, samples, seeds (how many), epochs
-- (that all seeds have), total (published), curves (j1, j1_running, j2 by epoch), seconds, trained (samples times
-- epochs, over seeds), and finished (the names of its finished runs).
local figures = require "figures.lua"

local groups = {}

local columns = { "j1", "j1_running", "j2" }

-- The facts of a run; nil and a reason where it is not of the published experiment.
local function facts_of(run)
  local cell, config = run.cell, run:config()
  local figure = type(cell.figure) == "string" and figures[cell.figure]
  if type(figure) ~= "table" or cell.share == nil or figure.data == nil then
    return nil, "made by another version of the script"
  elseif config.data.name ~= figure.data then
    return nil, "on " .. config.data.name
  elseif math.floor(config.data.train / cell.share + 0.5) % figures.part ~= 0 then
    return nil, "on " .. config.data.train .. " samples"
  elseif run.epochs == 0 then
    return nil, "no epoch is finished"
  elseif run.status == "failed" then
    return nil, "failed"
  end
  local loss = type(cell.loss) == "table" and cell.loss or { name = cell.loss, parameters = {} }
  local alpha = loss.parameters and loss.parameters.alpha
  local curves = run:curves()
  local by_column = {}
  for _, column in ipairs(columns) do
    by_column[column] = {}
    for place, epoch in ipairs(curves.epoch) do
      by_column[column][epoch] = curves[column] and curves[column][place]
    end
  end
  return {
    figure = cell.figure, loss = loss.name, alpha = alpha, rate = cell.rate, share = cell.share,
    samples = config.data.train, seed = cell.seed, epochs = run.epochs, curves = by_column, seconds = run.seconds or 0,
    name = alpha and string.format("%s{alpha=%g}", loss.name, alpha) or loss.name,
    finished = run.status == "finished" and run.name or nil,
  }
end

local function before(one, other)
  for _, field in ipairs { "name", "rate", "share", "samples" } do
    if one[field] ~= other[field] then
      if field == "share" or field == "samples" then
        return one[field] > other[field]
      end
      return one[field] < other[field]
    end
  end
  return false
end

-- The mean over seeds, of the epochs that all have.
local function mean_of(list, column)
  local curve = {}
  for epoch, value in pairs(list[1].curves[column]) do
    local sum, count = value, 1
    for i = 2, #list do
      local other = list[i].curves[column][epoch]
      sum, count = other and sum + other or sum, other and count + 1 or count
    end
    curve[epoch] = count == #list and sum / count or nil
  end
  return curve
end

--- Settings from facts of runs: of two runs of one seed the longer one counts.
function groups.of(facts)
  local by_key, list = {}, {}
  for _, fact in ipairs(facts) do
    local key = table.concat({ fact.figure, fact.name, fact.rate, fact.share, fact.samples }, "|")
    if by_key[key] == nil then
      by_key[key] = { by_seed = {} }
      list[#list + 1] = by_key[key]
    end
    local known = by_key[key].by_seed[fact.seed]
    if known == nil or known.epochs < fact.epochs then
      by_key[key].by_seed[fact.seed] = fact
    end
  end
  for i, entry in ipairs(list) do
    local seeds = {}
    for _, fact in pairs(entry.by_seed) do
      seeds[#seeds + 1] = fact
    end
    table.sort(seeds, function(a, b) return a.seed < b.seed end)
    local first = seeds[1]
    local group = { figure = first.figure, loss = first.loss, alpha = first.alpha, name = first.name, rate = first.rate,
      share = first.share, samples = first.samples, seeds = #seeds, epochs = math.huge, seconds = 0, trained = 0,
      curves = {}, total = figures[first.figure].epochs, finished = {} }
    for _, fact in ipairs(seeds) do
      group.epochs = math.min(group.epochs, fact.epochs)
      group.seconds = group.seconds + fact.seconds
      group.trained = group.trained + fact.epochs * fact.samples
      group.finished[#group.finished + 1] = fact.finished
    end
    for _, column in ipairs(columns) do
      group.curves[column] = mean_of(seeds, column)
    end
    list[i] = group
  end
  table.sort(list, before)
  return list
end

--- Settings of the runs that are there, and of those that do not count their names with the reasons.
function groups.read(runs)
  local facts, left_out = {}, {}
  for _, run in ipairs(runs) do
    local fact, reason = facts_of(run)
    if fact then
      facts[#facts + 1] = fact
    else
      left_out[#left_out + 1] = { name = run.name, reason = reason }
    end
  end
  return groups.of(facts), left_out
end

-- Settings of the grid, and their samples in units of the whole set.
local function grid()
  local lines, shares = (#figures.plain + #figures.alphas) * #figures.rates, 0
  for _, share in ipairs(figures.shares) do
    shares = shares + share
  end
  return lines * #figures.shares, lines * shares
end

--- What a figure costs: seconds of an epoch of all samples, how many settings there are, and seconds of all of them
--- once with so many epochs (by default all). On the machine of its runs; nil where nothing was run.
function groups.cost(list, name, epochs)
  local figure, seconds, trained = figures[name], 0, 0
  for _, group in ipairs(groups.where(list, name)) do
    seconds, trained = seconds + group.seconds, trained + group.trained
  end
  if trained == 0 then
    return nil
  end
  local epoch, settings, sets = seconds / trained * figure.samples, grid()
  return epoch, settings, epoch * (epochs or figure.epochs) * sets
end

--- The same on two quiet cores, by the steps and passes of docs/speed.md: each epoch evaluates both sets.
function groups.expected_cost(name, epochs)
  local figure = figures[name]
  local epoch = figure.samples / 128 * figure.step + (figure.samples + figure.test) / 500 * figure.pass
  local settings, sets = grid()
  return epoch, settings, epoch * (epochs or figure.epochs) * sets
end

--- Those of a figure, and of a loss where one is named.
function groups.where(list, figure, loss)
  local found = {}
  for _, group in ipairs(list) do
    if group.figure == figure and (loss == nil or group.loss == loss) then
      found[#found + 1] = group
    end
  end
  return found
end

return groups
