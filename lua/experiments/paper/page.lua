-- docs/paper.md and its pictures, from the runs of paper.lua that there are: `make paper`, or
--
--   nightjar run lua/experiments/paper/page.lua --quiet > docs/paper.md
--
-- What is not run yet, or not to its end, is said to be so.
local nj = require "nightjar"
local compare = require "compare.lua"
local claims = require "claims.lua"
local fits = require "fits.lua"
local groups = require "groups.lua"
local figures = compare.figures

local cfg = nj.config { pictures = "docs/paper", experiment = "paper" }

local lines = {}

local function write(text, ...)
  lines[#lines + 1] = select("#", ...) > 0 and string.format(text, ...) or text
end

-- A time as people say it.
local function duration(seconds)
  return seconds < 90 and string.format("%.0f seconds", seconds) or seconds < 5400 and string.format("%.0f minutes",
    seconds / 60) or seconds < 172800 and string.format("%.0f hours", seconds / 3600) or string.format("%.0f days",
    seconds / 86400)
end

local function write_table(heads, rows)
  write("| " .. table.concat(heads, " | ") .. " |")
  write(("|---"):rep(#heads) .. "|")
  for _, row in ipairs(rows) do
    write("| " .. table.concat(row, " | ") .. " |")
  end
  write ""
end

local function samples_of(group)
  local full = math.floor(group.share * figures[group.figure].samples + 0.5)
  return group.samples == full and tostring(group.samples) or string.format("%d (of %d)", group.samples, full)
end

-- Of each setting its J1, running J1 and J2 at some epochs, the published value and the difference behind each.
local function write_moments(list)
  local heads, rows = { "loss", "rate", "samples", "" }, {}
  for _, epoch in ipairs(figures.moments) do
    heads[#heads + 1] = "epoch " .. epoch
  end
  for _, group in ipairs(list) do
    local expected = compare.curves_of(group.figure, group.loss, group.rate)
    for _, column in ipairs { { "J1", "j1" }, { "J1 running", "j1_running", "j1" }, { "J2", "j2" } } do
      local curve, beside = group.curves[column[2]], expected[column[3] or column[2]]
      local row = { "`" .. group.name .. "`", string.format("%g", group.rate), samples_of(group), column[1] }
      for _, epoch in ipairs(figures.moments) do
        local value, other = curve[epoch], beside and beside[epoch]
        row[#row + 1] = value == nil and "" or other == nil and string.format("%.1f", value)
          or string.format("%.1f (%.1f, %+.1f)", value, other, value - other)
      end
      rows[#rows + 1] = row
    end
  end
  write "Measured, and in brackets what is published and the difference to it:\n"
  write_table(heads, rows)
end

local function write_claims(all, name)
  local rows = {}
  for i, row in ipairs(claims.of(all, name)) do
    rows[i] = { row.text, row.setting and "`" .. row.setting:gsub(",", "`,", 1) or "", row.verdict, row.evidence or "" }
  end
  write "What the paper says, by rate. A claim about the end is open until a training has the published epochs:\n"
  write_table({ "claim", "setting", "", "measured" }, rows)
end

local function write_fit(title, list)
  if #list == 0 then
    write("%s: nothing to compare yet.\n", title)
    return
  end
  local rows = {}
  for i, candidate in ipairs(list) do
    rows[i] = { candidate.alpha and string.format("%g", candidate.alpha) or "", tostring(candidate.samples),
      candidate.accuracy, string.format("%.2f", candidate.rms), tostring(candidate.places) }
  end
  local best = list[1]
  write("%s, the root of the mean square of differences of J1 in points, over the rates and epochs that all have. "
    .. "Best of %d: %s%d samples, the accuracy %s.\n", title, #list,
    best.alpha and string.format("alpha %g, ", best.alpha) or "", best.samples, best.accuracy)
  write_table({ "alpha", "samples", "accuracy", "difference", "places" }, rows)
end

local function write_runs(list)
  local rows = {}
  for i, group in ipairs(list) do
    rows[i] = { "`" .. group.name .. "`", string.format("%g", group.rate), samples_of(group), tostring(group.seeds),
      string.format("%d of %d", group.epochs, group.total), string.format("%.1f", group.seconds / 60) }
  end
  write "What was run:\n"
  write_table({ "loss", "rate", "samples", "seeds", "epochs", "minutes" }, rows)
end

local function write_cost(all, name)
  local epoch, settings, whole = groups.cost(all, name)
  write("An epoch of all %d samples took %s with the threads and the load that these runs had: the %d settings of "
    .. "the command to their ends would take %s.\n", figures[name].samples, duration(epoch), settings, duration(whole))
end

-- J1 and J2 over the published curves; the runs that count and no others, of those the finished ones.
local function write_pictures(list, name)
  local runs = {}
  for _, group in ipairs(list) do
    table.move(group.finished, 1, #group.finished, #runs + 1, runs)
  end
  if #runs == 0 then
    write "Pictures show finished runs, and none is.\n"
    return
  end
  for _, column in ipairs { "j1", "j2" } do
    local path = string.format("%s/%s-%s.svg", cfg.pictures, name, column)
    nj.figure { runs = runs, y = column, by = "rate", facet = { "loss", "share" },
      overlay = compare.overlays(column, name) }:save(path)
    write("![%s of %s over the published curves](%s)\n", column:upper(), figures[name].title,
      path:gsub("^docs/", ""))
  end
end

local function write_figure(all, name)
  local figure, list = figures[name], groups.where(all, name)
  write("## %s\n", figure.title)
  write("%s. %d epochs, batches of 128.\n", figure.settings, figure.epochs)
  local epoch, settings, whole = groups.expected_cost(name)
  local _, _, night = groups.expected_cost(name, 12)
  write("By the steps and passes of [speed.md](speed.md) an epoch of all samples takes %s on two quiet cores,\n"
    .. "twelve epochs of the %d settings %s, all epochs %s.\n", duration(epoch), settings, duration(night),
    duration(whole))
  write("```sh\nnightjar run lua/experiments/paper.lua --set figure=%s --resume\n```\n", name)
  if #list == 0 then
    write "Nothing is run yet.\n"
    return
  end
  write_runs(list)
  write_cost(all, name)
  write_moments(list)
  write_pictures(list, name)
  write_claims(all, name)
  local rll, others = fits.of(all, name)
  write_fit("`rll`", rll)
  write_fit("The other losses together", others)
end

local all, left_out = groups.read(nj.runs { where = "experiment = '" .. cfg.experiment .. "'" })

write "# The paper's experiments\n"
write "Made by `make paper` from the runs that there are: do not edit.\n"
write [[
Patel and Sastry, "Memorization in Deep Neural Networks: Does the Loss Function Matter?" (PAKDD 2021). J1 is the
accuracy on the training set against the given labels, J2 against the true ones, in percent, with fixed weights after
each epoch; J1 running is that of the batches as they were trained on. Published curves were read from the vector
figures of D. Patel's thesis (IISc 2021), to about 0.1 ([curves.lua](../lua/experiments/paper/curves.lua)). Not
published are alpha of `rll`, how many samples were trained on (all, or the 80 % of the public code), which accuracy was
drawn, and the normalisation of inputs.

A run that is stopped counts as far as it came (pictures show finished ones), and `--resume` goes on from there.
`--data-dir` names the folder of the data sets. All of it takes days; what a night can do is a prefix of it, as no
schedule looks at the last epoch:

```sh
nightjar run lua/experiments/paper.lua --set figure=mnist --set share=1 --epochs 12 --resume
nightjar run lua/experiments/paper.lua --set figure=mnist --set 'loss=cce,rll{alpha=0.1}' --set rate=0.4 --epochs 50 \
  --resume
```

Of two runs of one seed the longer one counts. What is most telling comes first where epochs are asked for in rounds,
each of which goes on from the one before it, losses and rates in the order in which they are named:

```sh
for epochs in 1 2 5 10 25 50; do
  nightjar run lua/experiments/paper.lua --set figure=mnist --set share=1 --set 'loss=cce,rll{alpha=0.1}' \
    --set rate=0.4,0 --epochs $epochs --resume --checkpoint-every 1 --jobs 1
done
```
]]
for _, name in ipairs(figures.names) do
  write_figure(all, name)
end
if #left_out > 0 then
  write "## Runs that do not count\n"
  for _, entry in ipairs(left_out) do
    write("- `%s`: %s", entry.name, entry.reason)
  end
  write ""
end
print((table.concat(lines, "\n"):gsub("\n+$", "")))
