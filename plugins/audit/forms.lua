-- An audit as text, as comma-separated values, and as arrays for a file.
local nj = require "nightjar"

local forms = {}

local function percent(share)
  return string.format("%.2f %%", 100 * share)
end

-- Text to a width; columns of names are cut by letters, not bytes.
local function right(text, width)
  return string.rep(" ", width - (utf8.len(text) or #text)) .. text
end

local function left(text, width)
  return text .. string.rep(" ", width - (utf8.len(text) or #text))
end

-- A class's name without what would move a terminal's cursor.
local function plain(name)
  return (name:gsub("%c", "?"))
end

--- One line about the whole: how many labels are taken for wrong.
function forms.summary(result)
  local text = result.evidence.source
  if result.evidence.in_sample then
    text = text .. ". The model has seen these labels, and says little of those that it has learnt by heart"
  end
  if result.rate then
    text = text .. ". Estimated rate of wrong labels: " .. percent(result.rate)
  end
  if result.wrong then
    text = text .. ". Known to be wrong: " .. percent(result.wrong:double():mean():item())
  end
  return text .. "."
end

--- What the terminal shows: the rankings, their agreement, and the `count` most suspicious labels.
function forms.text(result, count)
  local names, lines, widest = result.evidence.class_names, { forms.summary(result), "" }, 9
  for _, name in ipairs(result.names) do
    widest = math.max(widest, #name)
  end
  local heads = {}
  for i in ipairs(result.names) do
    heads[i] = right("(" .. i .. ")", 6)
  end
  lines[#lines + 1] = "agreement: Spearman's coefficient above the diagonal, below it the share that the first "
    .. result.top .. " have in common"
  lines[#lines + 1] = left("", widest + 5) .. table.concat(heads) .. "  issues" .. (result.wrong and "  AUROC" or "")
  for i, name in ipairs(result.names) do
    local cells = {}
    for j in ipairs(result.names) do
      local value = j > i and result.agreement.spearman[i][j] or result.agreement.overlap[i][j]
      cells[j] = right(j == i and "." or value ~= value and "-" or string.format("%.2f", value), 6)
    end
    local mask, found = result.issues[name], result.found[name]
    lines[#lines + 1] = left(string.format("(%d)", i), 5) .. left(name, widest) .. table.concat(cells)
      .. right(mask and string.format("%d", mask:int():sum():item()) or "", 8)
      .. (found and right(string.format("%.4f", found.auroc), 7) or "")
  end
  if result.wrong then
    lines[#lines + 1] = left("     consensus", widest + 5 + 6 * #result.names + 8)
      .. right(string.format("%.4f", result.found.consensus.auroc), 7)
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = "most suspicious by the mean of all ranks; samples are counted from 0"
  local given, suggested = result.labels:totable(), result.suggested:totable()
  for place = 1, math.min(count, #result.order) do
    local i = result.order[place]
    local file = result.evidence.files and result.evidence.files[i]
    lines[#lines + 1] = string.format("%6d  given %s, suggested %s%s", i - 1, plain(names[given[i]]),
      plain(names[suggested[i]]), file and "  " .. plain(file) or "")
  end
  return table.concat(lines, "\n")
end

--- A field of RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe.
function forms.field(value)
  if type(value) == "number" then
    return string.format(math.type(value) == "integer" and "%d" or "%.17g", value)
  end
  if value:find("^[=+@\t\r-]") and tonumber(value) == nil then
    value = "'" .. value
  end
  if value:find('[",\r\n]') then
    return '"' .. value:gsub('"', '""') .. '"'
  end
  return value
end

--- A row a sample, the most suspicious first: sample (from 0), given, suggested, true, file and wrong where known, the
--- consensus, and for each suspicion its score, rank and, where it decides, whether it takes the label for wrong.
function forms.csv(result)
  local names = result.evidence.class_names
  local heads = { "sample", "given", "suggested", result.evidence.true_labels and "true" or nil }
  local files, wrong = result.evidence.files, result.evidence.wrong and result.evidence.wrong:int():totable()
  heads[#heads + 1] = files and "file" or nil
  heads[#heads + 1] = wrong and "wrong" or nil
  heads[#heads + 1] = "consensus"
  local columns = {}
  for _, name in ipairs(result.names) do
    heads[#heads + 1], heads[#heads + 2] = name, name .. "_rank"
    columns[#columns + 1], columns[#columns + 2] = result.scores[name]:totable(), result.ranks[name]:totable()
    if result.issues[name] then
      heads[#heads + 1], columns[#columns + 1] = name .. "_issue", result.issues[name]:int():totable()
    end
  end
  local lines = { table.concat(heads, ",") }
  local given, suggested, consensus = result.labels:totable(), result.suggested:totable(), result.consensus:totable()
  local truth = result.evidence.true_labels and result.evidence.true_labels:totable()
  for _, i in ipairs(result.order) do
    local row = { forms.field(i - 1), forms.field(names[given[i]]), forms.field(names[suggested[i]]) }
    if truth then
      row[#row + 1] = forms.field(names[truth[i]])
    end
    row[#row + 1] = files and forms.field(files[i]) or nil
    row[#row + 1] = wrong and forms.field(wrong[i]) or nil
    row[#row + 1] = forms.field(consensus[i])
    for _, column in ipairs(columns) do
      row[#row + 1] = forms.field(column[i])
    end
    lines[#lines + 1] = table.concat(row, ",")
  end
  return table.concat(lines, "\n")
end

--- Tensors by name for an .npz file, labels from 0: what nj.audit.arrays reads, and what came of it.
function forms.arrays(result)
  local evidence = result.evidence
  local arrays = { labels = evidence.labels - 1, suggested = result.suggested - 1, consensus = result.consensus,
    probabilities = evidence.probabilities, inputs = evidence.inputs,
    true_labels = evidence.true_labels and evidence.true_labels:int() - 1 }
  for name, scores in pairs(result.scores) do
    arrays["score_" .. name] = scores
  end
  for name, mask in pairs(result.issues) do
    arrays["issue_" .. name] = mask
  end
  for name, array in pairs(evidence.history or {}) do
    if array:rank() == 2 then
      arrays["history_" .. name] = array
    end
  end
  return arrays
end

--- All scores as one tensor (samples, suspicions), in the order of `names`.
function forms.scores(result)
  local columns = {}
  for i, name in ipairs(result.names) do
    columns[i] = result.scores[name]
  end
  return nj.stack(columns, 2):copy()
end

return forms
