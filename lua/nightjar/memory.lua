-- nj.memory: what lives, and which line made it.

local part = ...
local declare = part "declare" "The library itself"
local params = part "params"

local Report = {}
Report.__index = Report

local units = { { 1 << 30, "GiB" }, { 1 << 20, "MiB" }, { 1 << 10, "KiB" } }

local function size(bytes)
  for _, unit in ipairs(units) do
    if bytes >= unit[1] then
      return string.format("%.1f %s", bytes / unit[1], unit[2])
    end
  end
  return bytes .. " B"
end

function Report.__tostring(report)
  local text = {
    string.format("%d tensor%s, %s (Lua itself %s, recorded operations %s, kept to be used again %s)", report.count,
      report.count == 1 and "" or "s", size(report.bytes), size(report.lua_bytes), size(report.tape_bytes),
      size(report.pooled_bytes)),
  }
  for _, line in ipairs(report.lines) do
    text[#text + 1] = string.format("%12s  %6d  %s", size(line.bytes), line.count, line.place)
  end
  return table.concat(text, "\n")
end

declare.call("nj.memory", {
  doc = "The tensors that are alive, by the lines that made them: a table that prints as a report.",
  options = { { "collect", "boolean", "whether garbage is collected first", default = true } },
  returns = "table",
  example = [[
local kept = nj.zeros(1000):copy()
nj.memory().bytes >= 4000 --> true]],
})

function nj.memory(options)
  if options ~= nil and type(options) ~= "table" then
    native.fail("'memory' takes a table of options, got " .. params.a_kind(options)
      .. "\n  usage: nj.memory([{ collect }])")
  end
  for name in pairs(options or {}) do
    if name ~= "collect" then
      native.fail("'memory' has no option '" .. tostring(name) .. "'\n  usage: nj.memory([{ collect }])")
    end
  end
  if options == nil or options.collect ~= false then
    native.let_go()
    -- Twice: what the first turn finalizes lets go of more.
    collectgarbage()
    collectgarbage()
  end
  return setmetatable(native.memory(), Report)
end

return true
