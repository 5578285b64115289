-- Which columns of the records are shown, and how.
local columns = {}

--- The names given, or else all that some record has a value of, in the order of the report.
function columns.of(given, report)
  if #given > 0 then
    return given
  end
  local shown = {}
  for _, name in ipairs(report.columns) do
    for _, record in ipairs(report.records) do
      if record[name] ~= nil and name ~= "epoch" and name ~= "step" then
        shown[#shown + 1] = name
        break
      end
    end
  end
  return shown
end

--- A number with so many significant digits; what was not measured is empty.
function columns.text(value, digits)
  return value == nil and "" or string.format("%." .. digits .. "g", value)
end

--- What is wrong with a list of names, or nil.
function columns.fault(given)
  for _, name in ipairs(given) do
    if type(name) ~= "string" then
      return "'columns' lists names of columns, such as { \"loss\", \"j2\" }"
    end
  end
end

return columns
