-- Words of checks: numbers and lists as people read them.
local text = {}

--- Five digits.
function text.number(value)
  if value ~= value then
    return "nan"
  elseif value == math.huge or value == -math.huge then
    return value > 0 and "infinity" or "-infinity"
  elseif value == 0 then
    return "0"
  end
  return (string.format("%.5g", value):gsub("e([+-])0*(%d)", "e%1%2"):gsub("e%+", "e"))
end

--- `(1, -2.5, 0)`
function text.list(values)
  local shown = {}
  for i, value in ipairs(values) do
    shown[i] = text.number(value)
  end
  return "(" .. table.concat(shown, ", ") .. ")"
end

--- Lines with columns: the first to the left, the others to the right.
function text.columns(rows)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, utf8.len(cell) or #cell)
    end
  end
  for r, row in ipairs(rows) do
    local cells = {}
    for i, cell in ipairs(row) do
      local pad = (" "):rep(widths[i] - (utf8.len(cell) or #cell))
      cells[i] = i == 1 and cell .. pad or pad .. cell
    end
    lines[r] = table.concat(cells, "  ")
  end
  return lines
end

--- The lines of a message.
function text.lines(message)
  local lines = {}
  for line in (tostring(message) .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line
  end
  return lines
end

--- `1 entry`, `3 entries`
function text.count(count, one, many)
  return count .. " " .. (count == 1 and one or many or one .. "s")
end

return text
