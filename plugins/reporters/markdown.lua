local nj = require "nightjar"
local columns = require "columns"

return nj.reporter {
  name = "markdown",
  doc = "A table of all epochs in Markdown, in the end.",
  params = {
    columns = { default = {}, doc = "names of columns; all that are measured where there are none" },
    digits = { default = 4, type = "integer", min = 1, max = 17, doc = "significant digits" },
  },
  check = function(self)
    return columns.fault(self.columns)
  end,
  ending = function(self, report)
    local names = columns.of(self.columns, report)
    local lines = { "| epoch | " .. table.concat(names, " | ") .. " |", "|---:|" .. ("---:|"):rep(#names) }
    for _, record in ipairs(report.records) do
      local cells = { tostring(record.epoch) }
      for i, name in ipairs(names) do
        cells[i + 1] = columns.text(record[name], self.digits)
      end
      lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
    end
    return table.concat(lines, "\n")
  end,
}
