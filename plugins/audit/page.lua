-- An audit as one page without scripts: pictures of the most suspicious samples with given and suggested label, the
-- rankings and their agreement, and the estimated matrix. Nothing in it is loaded from elsewhere, and its policy lets
-- nothing be run: names of classes are text, whatever they hold.
local forms = require "forms.lua"
local pictures = require "pictures.lua"

local page = {}

local style = [[
:root { color-scheme: light dark; --back: #ffffff; --card: #f6f7f9; --ink: #16181d; --dim: #5b6270; --line: #d9dde4;
  --hot: 9, 79, 158; --bad: #b3261e; --good: #1b6e3c; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14161a; --card: #1e2127; --ink: #e8eaee; --dim: #a2a9b5; --line: #363b45; --hot: 96, 165, 250;
    --bad: #ff8a80; --good: #7fd6a0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 16px 48px; max-width: 1240px; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 36px 0 10px; }
p { margin: 0 0 10px; max-width: 75ch; color: var(--dim); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px; padding: 0; margin: 0;
  list-style: none; }
.cards li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px; min-width: 0; }
.cards img { display: block; width: 100%; max-width: 160px; aspect-ratio: 1; object-fit: contain; margin: 0 auto 8px;
  image-rendering: pixelated; background: #000; border-radius: 4px; }
.cards dl { margin: 0; display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 8px; font-size: 13px; }
dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; font-weight: 600; display: -webkit-box; -webkit-box-orient: vertical;
  -webkit-line-clamp: 4; overflow: hidden; }
dd.given { color: var(--bad); } dd.suggested { color: var(--good); }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: 5px 8px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
tr:last-child td, tr:last-child th { border-bottom: 0; }
th { font-weight: 600; color: var(--dim); max-width: 160px; overflow: hidden; text-overflow: ellipsis; }
th:first-child { text-align: left; position: sticky; left: 0; background: var(--back); }
]]

--- Text that stands for itself in HTML.
function page.escaped(text)
  text = text:gsub("[&<>\"']", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" })
  return (text:gsub("%c", " "))
end

local escaped = page.escaped

-- A table with names at its side; `shade` gives 0 to 1 for a cell's number.
local function matrix(heads, names, rows, show, shade)
  local parts = { '<div class="wide" tabindex="0"><table><thead><tr><th></th>' }
  for _, head in ipairs(heads) do
    parts[#parts + 1] = '<th scope="col">' .. escaped(head) .. "</th>"
  end
  parts[#parts + 1] = "</tr></thead><tbody>"
  for i, row in ipairs(rows) do
    parts[#parts + 1] = '<tr><th scope="row">' .. escaped(names[i]) .. "</th>"
    for j, value in ipairs(row) do
      local depth = shade and shade(i, j, value) or 0
      parts[#parts + 1] = (depth > 0 and string.format('<td style="background: rgba(var(--hot), %.3f)">', 0.55 * depth)
        or "<td>") .. escaped(show(i, j, value)) .. "</td>"
    end
    parts[#parts + 1] = "</tr>"
  end
  parts[#parts + 1] = "</tbody></table></div>"
  return table.concat(parts)
end

local function number(value, digits)
  return value ~= value and "–" or string.format("%." .. digits .. "f", value)
end

local function cards(result, count)
  local names, draw = result.evidence.class_names, pictures.of(result.evidence.inputs)
  local given, suggested = result.labels:totable(), result.suggested:totable()
  local probabilities = result.evidence.probabilities
  local truth = result.wrong and result.evidence.true_labels and result.evidence.true_labels:int():totable()
  local files = result.evidence.files
  local wrong = result.evidence.wrong and result.evidence.wrong:totable()
  local parts = { '<ul class="cards">' }
  for place = 1, math.min(count, #result.order) do
    local i = result.order[place]
    local row = probabilities and probabilities:narrow(1, i, 1):squeeze(1):totable()
    local function line(word, class, label)
      return string.format("<dt>%s</dt><dd%s>%s%s</dd>", word, class and ' class="' .. class .. '"' or "",
        escaped(names[label]), row and string.format(" (%.2f)", row[label]) or "")
    end
    parts[#parts + 1] = "<li>" .. (draw and string.format('<img src="%s" alt="sample %d">', draw(i), i - 1) or "")
      .. "<dl>" .. line("given", "given", given[i]) .. line("suggested", "suggested", suggested[i])
      .. (truth and "<dt>true</dt><dd>" .. escaped(names[truth[i]]) .. "</dd>" or "")
      .. (wrong and "<dt>known</dt><dd>" .. (wrong[i] and "wrong" or "not wrong") .. "</dd>" or "")
      .. (files and "<dt>file</dt><dd>" .. escaped(files[i]) .. "</dd>" or "")
      .. string.format("<dt>sample</dt><dd>%d</dd></dl></li>", i - 1)
  end
  parts[#parts + 1] = "</ul>"
  return table.concat(parts)
end

local function agreement(result)
  local heads, names, rows, size = {}, {}, {}, #result.names
  for i, name in ipairs(result.names) do
    heads[i], names[i], rows[i] = "(" .. i .. ")", string.format("(%d) %s", i, name:gsub("_", " ")), {}
    for j = 1, size do
      rows[i][j] = j > i and result.agreement.spearman[i][j] or result.agreement.overlap[i][j]
    end
    local mask, found = result.issues[name], result.found[name]
    rows[i][size + 1] = mask and mask:int():sum():item() or 0 / 0
    if found then
      rows[i][size + 2] = found.auroc
    end
  end
  heads[size + 1] = "issues"
  if result.wrong then
    heads[size + 2] = "AUROC"
    local row = {}
    for j = 1, size + 1 do
      row[j] = 0 / 0
    end
    row[size + 2] = result.found.consensus.auroc
    rows[size + 1], names[size + 1] = row, "consensus"
  end
  return matrix(heads, names, rows, function(i, j, value)
    if i == j and i <= size then
      return "·"
    end
    return number(value, j == size + 1 and 0 or j > size and 4 or 2)
  end, function(i, j, value)
    return i ~= j and i <= size and j <= size and value == value and math.max(0, value) or 0
  end)
end

--- The page as text, with the `count` most suspicious samples.
function page.of(result, count)
  local names = result.evidence.class_names
  local parts = {
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
      .. 'style-src \'unsafe-inline\'; base-uri \'none\'; form-action \'none\'">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    "<title>Audit of labels</title><style>", style, "</style></head><body><main>",
    "<h1>Whose labels are wrong?</h1><p>", escaped(forms.summary(result)), "</p>",
    "<h2>Most suspicious</h2><p>By the mean of all ranks. In brackets the probability of the class; samples are "
      .. "counted from 0.</p>", cards(result, count),
    "<h2>Rankings and their agreement</h2><p>Spearman's coefficient above the diagonal; below it the share that the "
      .. "first ", tostring(result.top), " of both have in common. Issues are the labels that a filter takes for "
      .. "wrong.</p>", agreement(result),
  }
  if result.matrix then
    parts[#parts + 1] = "<h2>Estimated noise</h2><p>How often a class is given (across) for each true one (down), by "
      .. "confident learning.</p>"
    parts[#parts + 1] = matrix(names, names, result.matrix, function(_, _, value)
      return value == 0 and "·" or number(value, 3)
    end, function(_, _, value)
      return value == value and value or 0
    end)
  end
  parts[#parts + 1] = "</main></body></html>"
  return table.concat(parts)
end

return page
