-- What the paper says of its curves, asked of measured ones. A claim about the end of a training is open until that is
-- reached; one that an epoch refutes is refuted then.
local compare = require "compare.lua"
local groups = require "groups.lua"

local claims = {}

local HOLDS, FAILS, OPEN = "holds", "does not hold", "open"

-- Of several settings: refuted by one, held by all.
local function joint(verdicts)
  local result = HOLDS
  for _, verdict in ipairs(verdicts) do
    if verdict == FAILS then
      return FAILS
    elseif verdict == OPEN then
      result = OPEN
    end
  end
  return result
end

local function ended(group)
  return group.epochs >= group.total
end

local function at_end(group, is_so)
  return ended(group) and (is_so and HOLDS or FAILS) or OPEN
end

-- The first epoch in which J1 is above J2; nil for none.
local function flip_of(group)
  for epoch = 1, group.epochs do
    local j1, j2 = group.curves.j1[epoch], group.curves.j2[epoch]
    if j1 and j2 and j1 > j2 then
      return epoch
    end
  end
end

-- Claims about one setting each: judge(group, all) gives a verdict and what was measured.
local single = {
  {
    text = "J1 of cce ends at 99 or more at every rate", losses = { "cce" },
    judge = function(group)
      local j1 = group.curves.j1[group.epochs]
      return at_end(group, j1 >= 99), string.format("J1 %.1f", j1)
    end,
  },
  {
    text = "J2 of cce ends within 1 of 100 (1 - rate): all wrong labels are learnt", losses = { "cce" }, noisy = true,
    judge = function(group)
      local j2, aim = group.curves.j2[group.epochs], 100 * (1 - group.rate)
      return at_end(group, math.abs(j2 - aim) <= 1), string.format("J2 %.1f for %.0f", j2, aim)
    end,
  },
  {
    text = "J1 of cce and mse gets above J2, once and for all", losses = { "cce", "mse" }, noisy = true,
    judge = function(group)
      local flip = flip_of(group)
      local is_above = group.curves.j1[group.epochs] > group.curves.j2[group.epochs]
      return at_end(group, is_above), flip and "first in epoch " .. flip or "not yet"
    end,
  },
  {
    text = "J1 of cce gets above J2 in epochs 15 to 25", losses = { "cce" }, figures = { inception = true },
    noisy = true,
    judge = function(group)
      local flip = flip_of(group)
      if flip then
        return flip >= 15 and flip <= 25 and HOLDS or FAILS, "epoch " .. flip
      end
      return group.epochs >= 25 and FAILS or OPEN, "not by epoch " .. group.epochs
    end,
  },
  {
    text = "J2 of rll and nmse is above J1 in every epoch", losses = { "rll", "nmse" }, noisy = true,
    judge = function(group)
      local flip = flip_of(group)
      if flip then
        return FAILS, "not in epoch " .. flip
      end
      return ended(group) and HOLDS or OPEN, "so far"
    end,
  },
  {
    text = "J1 of rll and nmse ends 10 or more below that of cce", losses = { "rll", "nmse" }, noisy = true,
    judge = function(group, all)
      for _, other in ipairs(groups.where(all, group.figure, "cce")) do
        if other.rate == group.rate and other.share == group.share and other.samples == group.samples then
          local epoch = math.min(group.epochs, other.epochs)
          local gap = other.curves.j1[epoch] - group.curves.j1[epoch]
          return ended(group) and ended(other) and (gap >= 10 and HOLDS or FAILS) or OPEN,
            string.format("%.1f below in epoch %d", gap, epoch)
        end
      end
    end,
  },
  {
    text = "The last J1 is within 3 points of the published one", losses = { "cce", "mse", "rll", "nmse" },
    judge = function(group)
      local curve = compare.curves_of(group.figure, group.loss, group.rate).j1
      if curve then
        local off = group.curves.j1[group.epochs] - curve[group.epochs]
        return at_end(group, math.abs(off) <= 3), string.format("off by %+.1f", off)
      end
    end,
  },
}

-- Claims about all rates of a setting: judge(list) gets them in order.
local across = {
  {
    text = "J1 of rll falls with the rate", losses = { "rll" },
    judge = function(list)
      local epoch = math.huge
      for _, group in ipairs(list) do
        epoch = math.min(epoch, group.epochs)
      end
      local texts, falls = {}, true
      for i, group in ipairs(list) do
        local j1 = group.curves.j1[epoch]
        falls = falls and (i == 1 or j1 < list[i - 1].curves.j1[epoch])
        texts[i] = string.format("%.1f", j1)
      end
      return at_end({ epochs = epoch, total = list[1].total }, falls),
        string.format("%s in epoch %d", table.concat(texts, ", "), epoch)
    end,
  },
  {
    text = "J1 without noise less J1 is the rate, within 10 points (rates 0.2 and 0.4)", losses = { "rll", "nmse" },
    judge = function(list)
      local clean, texts, verdicts = list[1], {}, {}
      if clean.rate ~= 0 then
        return nil
      end
      for _, group in ipairs(list) do
        if group.rate == 0.2 or group.rate == 0.4 then
          local epoch = math.min(clean.epochs, group.epochs)
          local gap = clean.curves.j1[epoch] - group.curves.j1[epoch]
          verdicts[#verdicts + 1] = ended(clean) and ended(group)
            and (math.abs(gap - 100 * group.rate) <= 10 and HOLDS or FAILS) or OPEN
          texts[#texts + 1] = string.format("%.1f at %g", gap, group.rate)
        end
      end
      if #texts > 0 then
        return joint(verdicts), table.concat(texts, ", ")
      end
    end,
  },
}

-- Settings that differ in the rate alone, in lists by rate.
local function by_rates(list)
  local keys, lists = {}, {}
  for _, group in ipairs(list) do
    local key = table.concat({ group.name, group.share, group.samples }, "|")
    if keys[key] == nil then
      keys[key] = {}
      lists[#lists + 1] = keys[key]
    end
    table.insert(keys[key], group)
  end
  return lists
end

local function setting(group)
  return string.format("%s, %d samples", group.name, group.samples)
end

--- What a figure's settings say of each claim: rows { text, setting, verdict, evidence }; without a setting where
--- nothing was run that the claim is about.
function claims.of(all, figure)
  local rows = {}
  for _, claim in ipairs(single) do
    local found = 0
    for _, loss in ipairs((claim.figures == nil or claim.figures[figure]) and claim.losses or {}) do
      for _, list in ipairs(by_rates(groups.where(all, figure, loss))) do
        local verdicts, texts = {}, {}
        for _, group in ipairs(list) do
          if group.rate > 0 or not claim.noisy then
            local verdict, text = claim.judge(group, all)
            if verdict then
              verdicts[#verdicts + 1] = verdict
              texts[#texts + 1] = string.format("%g: %s (epoch %d of %d)", group.rate, text, group.epochs, group.total)
            end
          end
        end
        if #verdicts > 0 then
          found = found + 1
          rows[#rows + 1] = { text = claim.text, setting = setting(list[1]), verdict = joint(verdicts),
            evidence = table.concat(texts, "; ") }
        end
      end
    end
    if found == 0 and (claim.figures == nil or claim.figures[figure]) then
      rows[#rows + 1] = { text = claim.text, verdict = "nothing run" }
    end
  end
  for _, claim in ipairs(across) do
    local found = 0
    for _, loss in ipairs(claim.losses) do
      for _, list in ipairs(by_rates(groups.where(all, figure, loss))) do
        local verdict, text
        if #list > 1 then
          verdict, text = claim.judge(list)
        end
        if verdict then
          found = found + 1
          rows[#rows + 1] = { text = claim.text, setting = setting(list[1]), verdict = verdict, evidence = text }
        end
      end
    end
    if found == 0 then
      rows[#rows + 1] = { text = claim.text, verdict = "nothing run" }
    end
  end
  return rows
end

return claims
