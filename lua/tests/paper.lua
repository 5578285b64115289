-- What is said of runs of lua/experiments/paper.lua, on curves that are known.
local test = require "nightjar.test"
local compare = require "../experiments/paper/compare.lua"
local claims = require "../experiments/paper/claims.lua"
local fits = require "../experiments/paper/fits.lua"
local groups = require "../experiments/paper/groups.lua"
local figures = compare.figures

-- A run as groups.lua knows it, whose curves are the published ones, moved by so many points; where J2 is not
-- published it is that of a network that knows nothing of wrong labels before epoch 20, and has learnt them at the end.
local function fact(figure, loss, rate, changes)
  changes = changes or {}
  local published = compare.curves_of(figure, loss, rate)
  local total = changes.epochs or figures[figure].epochs
  local curves = { j1 = {}, j1_running = {}, j2 = {} }
  for epoch = 1, total do
    curves.j1[epoch] = published.j1[epoch] + (changes.off or 0)
    curves.j1_running[epoch] = published.j1[epoch] + (changes.running or 1)
    curves.j2[epoch] = published.j2 and published.j2[epoch] or (epoch < 20 and 99.9 or 100 * (1 - rate))
  end
  local alpha = loss == "rll" and (changes.alpha or 0.45) or nil
  return { figure = figure, loss = loss, alpha = alpha, rate = rate, share = changes.share or 1,
    samples = math.floor(figures[figure].samples * (changes.share or 1)), seed = changes.seed or 1, epochs = total,
    curves = curves, seconds = 60, name = alpha and string.format("%s{alpha=%g}", loss, alpha) or loss }
end

local function published_runs(figure, losses, changes)
  local list = {}
  for _, loss in ipairs(losses) do
    for _, rate in ipairs { 0, 0.2, 0.4, 0.6 } do
      list[#list + 1] = fact(figure, loss, rate, changes)
    end
  end
  return groups.of(list)
end

local function verdicts(rows, text)
  local list = {}
  for _, row in ipairs(rows) do
    if row.text:find(text, 1, true) then
      list[#list + 1] = row.verdict
    end
  end
  return table.concat(list, ", ")
end

test("what all settings of a figure cost follows from the runs that there are", function(t)
  t.equal({ groups.cost({}, "mnist") }, {})
  -- 60 seconds each: 200 epochs of 60,000 samples, and 50 of 48,000.
  local list = groups.of { fact("mnist", "cce", 0.4), fact("mnist", "cce", 0.4, { epochs = 50, share = 0.8 }),
    fact("resnet32", "cce", 0) }
  local epoch, settings, whole = groups.cost(list, "mnist")
  t.near(epoch, 120 / (200 * 60000 + 50 * 48000) * 60000, 1e-9)
  t.equal(settings, 48)
  t.near(whole, epoch * 200 * 24 * 1.8, 1e-6)
  t.near(select(3, groups.cost(list, "mnist", 12)), epoch * 12 * 24 * 1.8, 1e-6)
end)

test("what they cost on two quiet cores follows from the steps that were measured", function(t)
  local epoch, settings, whole = groups.expected_cost "mnist"
  t.near(epoch, 60000 / 128 * 0.0549 + 70000 / 500 * 0.0549, 1e-9)
  t.equal(settings, 48)
  t.near(whole, epoch * 200 * 24 * 1.8, 1e-6)
  t.near(select(3, groups.expected_cost("resnet32", 12)),
    (50000 / 128 * 0.134 + 60000 / 500 * 0.163) * 12 * 24 * 1.8, 1e-6)
end)

test("the published curves are as many as published, and as long", function(t)
  local count = 0
  for _, figure in ipairs(figures.names) do
    for _, by_rate in pairs(compare.published[figure]) do
      for _, curves in pairs(by_rate) do
        for _, curve in pairs(curves) do
          count = count + 1
          t.equal(#curve, figures[figure].epochs)
        end
      end
    end
  end
  t.equal(count, 62)
end)

test("what the paper says holds of its own curves", function(t)
  for figure, losses in pairs { mnist = { "cce", "rll", "nmse" }, inception = { "cce", "rll", "nmse" } } do
    for _, row in ipairs(claims.of(published_runs(figure, losses), figure)) do
      t.equal(row.text .. ": " .. row.verdict, row.text .. ": holds")
    end
  end
  -- Of ResNet-32 no nmse is published.
  local rows = claims.of(published_runs("resnet32", { "rll" }), "resnet32")
  t.equal(verdicts(rows, "J1 of rll falls"), "holds")
  t.equal(verdicts(rows, "J1 of cce ends"), "nothing run")
end)

test("what an epoch refutes is refuted, what is not at its end is open", function(t)
  local short = published_runs("mnist", { "cce", "rll" }, { epochs = 12 })
  local rows = claims.of(short, "mnist")
  t.equal(verdicts(rows, "J1 of cce ends at 99"), "open")
  t.equal(verdicts(rows, "is above J1 in every epoch"), "open")
  t.equal(verdicts(rows, "J1 of rll falls"), "open")
  -- Forty points more, and J1 is above J2 from the first epoch on.
  rows = claims.of(published_runs("mnist", { "rll" }, { epochs = 12, off = 60 }), "mnist")
  t.equal(verdicts(rows, "is above J1 in every epoch"), "does not hold")
  rows = claims.of(published_runs("mnist", { "cce" }, { off = -3.5 }), "mnist")
  t.equal(verdicts(rows, "J1 of cce ends at 99"), "does not hold")
  t.equal(verdicts(rows, "within 3 points"), "does not hold")
  rows = claims.of(published_runs("inception", { "cce" }, { off = 30 }), "inception")
  t.equal(verdicts(rows, "in epochs 15 to 25"), "does not hold")
end)

test("evidence names rates and epochs", function(t)
  local rows = claims.of(groups.of { fact("mnist", "cce", 0.4, { epochs = 1 }) }, "mnist")
  t.equal(rows[1].setting, "cce, 60000 samples")
  t.equal(rows[1].evidence, "0.4: J1 51.3 (epoch 1 of 200)")
end)

test("the best fit is the one that is nearest, on what all candidates have", function(t)
  local list = {}
  for alpha, off in pairs { [0.01] = 4, [0.1] = -2, [0.45] = 1 } do
    -- The far one has more rates and epochs, the near one is short: neither counts.
    for _, rate in ipairs(alpha == 0.01 and { 0, 0.2, 0.4 } or { 0.4 }) do
      list[#list + 1] = fact("mnist", "rll", rate, { alpha = alpha, off = off, running = off + 0.5,
        epochs = alpha == 0.45 and 10 or 50 })
    end
  end
  list[#list + 1] = fact("mnist", "cce", 0.4, { off = 2, epochs = 5 })
  list[#list + 1] = fact("mnist", "cce", 0.4, { off = -0.25, epochs = 5, share = 0.8 })
  local rll, others = fits.of(groups.of(list), "mnist")
  t.equal(#rll, 6)
  t.equal(rll[1].alpha, 0.45)
  t.equal(rll[1].accuracy, "evaluated")
  t.near(rll[1].rms, 1, 1e-9)
  t.equal(rll[1].places, 10)
  t.near(rll[#rll].rms, 4.5, 1e-9)
  t.equal(others[1].samples, 48000)
  t.near(others[1].rms, 0.25, 1e-9)
end)

test("runs on other data or on fewer samples do not count", function(t)
  local function run(name, changes)
    local fields = { figure = "inception", share = 0.8, data = "cifar10", train = 16000, status = "finished",
      epochs = 1 }
    for key, value in pairs(changes) do
      fields[key] = value
    end
    return {
      name = name, epochs = fields.epochs, status = fields.status, seconds = 3,
      cell = { figure = fields.figure, share = fields.share, rate = 0.4, seed = 1, loss = changes.loss or "cce" },
      config = function() return { data = { name = fields.data, train = fields.train } } end,
      curves = function() return { epoch = { 1 }, j1 = { 20 }, j1_running = { 15 }, j2 = { 25 } } end,
    }
  end
  local list, left_out = groups.read {
    run("two batches of five", {}), run("rll", { status = "interrupted",
      loss = { name = "rll", parameters = { alpha = 0.1 } } }),
    run("few", { train = 1280 }), run("digits", { data = "digits", train = 600, share = 1 }),
    run("old", { figure = "figure 1" }), run("begun", { epochs = 0 }), run("broken", { status = "failed" }),
  }
  t.equal(#list, 2)
  t.equal(list[1].name, "cce")
  t.equal(list[1].samples, 16000)
  t.equal(list[1].curves.j1_running[1], 15)
  t.equal(list[1].finished, { "two batches of five" })
  t.equal(list[2].name, "rll{alpha=0.1}")
  t.equal(list[2].finished, {})
  local reasons = {}
  for i, entry in ipairs(left_out) do
    reasons[i] = entry.name .. ": " .. entry.reason
  end
  t.equal(reasons, { "few: on 1280 samples", "digits: on digits", "old: made by another version of the script",
    "begun: no epoch is finished", "broken: failed" })
end)

test("curves are means over seeds, and the longer of two runs of a seed counts", function(t)
  local list = groups.of {
    fact("mnist", "cce", 0.4, { epochs = 3 }), fact("mnist", "cce", 0.4, { epochs = 8, off = 1 }),
    fact("mnist", "cce", 0.4, { epochs = 5, off = 2, seed = 2 }),
  }
  t.equal(#list, 1)
  t.equal(list[1].seeds, 2)
  t.equal(list[1].epochs, 5)
  t.near(list[1].curves.j1[5], compare.curves_of("mnist", "cce", 0.4).j1[5] + 1.5, 1e-9)
  t.equal(list[1].curves.j1[6], nil)
  t.equal(list[1].seconds, 120)
end)
