-- Transition matrices as pictures: blocks in a terminal, and SVG.
local heat_map = {}

-- From nothing to all; a cell takes two of them, so that it is about square.
local shades = { " ", "░", "▒", "▓", "█" }

local function shade(p)
  return shades[p ~= p and 1 or p <= 0 and 1 or math.min(5, 2 + math.floor(4 * p))]
end

local function width_of(text)
  return utf8.len(text) or #text
end

local function padded(text, width)
  return string.rep(" ", width - width_of(text)) .. text
end

--- Lines of text: a row a true class, with its numbers where there are few classes. `most` is how many classes have
--- numbers.
function heat_map.text(rows, names, most)
  local count, widest = #rows, width_of("true")
  for _, name in ipairs(names) do
    widest = math.max(widest, width_of(name))
  end
  local lines, has_numbers = {}, count <= most
  if has_numbers then
    local heads = {}
    for j, name in ipairs(names) do
      -- Up to five letters of a name.
      local last = utf8.offset(name, 6)
      heads[j] = padded(last and name:sub(1, last - 1) or name, 6)
    end
    lines[1] = padded("true", widest) .. "  " .. string.rep(" ", 2 * count) .. " " .. table.concat(heads)
  end
  for i, row in ipairs(rows) do
    local cells, numbers = {}, {}
    for j, p in ipairs(row) do
      cells[j] = shade(p):rep(2)
      numbers[j] = padded(p ~= p and "-" or p == 0 and "." or string.format("%.3f", p), 6)
    end
    lines[#lines + 1] = padded(names[i], widest) .. "  " .. table.concat(cells)
      .. (has_numbers and " " .. table.concat(numbers) or "")
  end
  return table.concat(lines, "\n")
end

local function escaped(text)
  return (text:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

--- A picture on white, readable on paper: the darker, the likelier, with numbers where they fit.
function heat_map.svg(rows, names, title)
  local count, cell, left, top = #rows, 40, 110, 60
  if count > 20 then
    cell = 10
  end
  local size = count * cell
  local parts = {
    string.format('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" '
      .. 'font-size="11">', left + size + 20, top + size + 110),
    string.format('<rect width="%d" height="%d" fill="#ffffff"/>', left + size + 20, top + size + 110),
    string.format('<text x="%d" y="24" font-size="14" fill="#111111">%s</text>', left, escaped(title)),
    string.format('<text x="%d" y="44" fill="#444444">given label across, true label down</text>', left),
  }
  for i, row in ipairs(rows) do
    local y = top + (i - 1) * cell
    if cell == 40 then
      parts[#parts + 1] = string.format('<text x="%d" y="%d" text-anchor="end" fill="#111111">%s</text>', left - 8,
        y + 24, escaped(names[i]))
      parts[#parts + 1] = string.format('<text transform="translate(%d %d) rotate(60)" fill="#111111">%s</text>',
        left + (i - 1) * cell + 14, top + size + 14, escaped(names[i]))
    end
    for j, p in ipairs(row) do
      local known = p == p and math.max(0, math.min(1, p)) or 0
      local x = left + (j - 1) * cell
      -- From white to a dark blue.
      parts[#parts + 1] = string.format('<rect x="%d" y="%d" width="%d" height="%d" fill="rgb(%d,%d,%d)" '
        .. 'stroke="#dddddd" stroke-width="0.5"/>', x, y, cell, cell, math.floor(255 - 247 * known),
        math.floor(255 - 207 * known), math.floor(255 - 148 * known))
      if cell == 40 and known > 0 then
        parts[#parts + 1] = string.format('<text x="%d" y="%d" text-anchor="middle" fill="%s">%.2f</text>',
          x + cell // 2, y + 24, known > 0.45 and "#ffffff" or "#111111", known)
      end
    end
  end
  parts[#parts + 1] = "</svg>"
  return table.concat(parts, "\n")
end

return heat_map
