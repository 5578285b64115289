local nj = require "nightjar"
local columns = require "columns"

return nj.reporter {
  name = "lines",
  doc = "A line after each epoch, which stays where the progress line goes.",
  params = {
    columns = { default = {}, doc = "names of columns; all that are measured where there are none" },
    every = { default = 1, type = "integer", min = 1, doc = "epochs from line to line; the last always has one" },
    digits = { default = 4, type = "integer", min = 1, max = 17, doc = "significant digits" },
  },
  check = function(self)
    return columns.fault(self.columns)
  end,
  epoch = function(self, record, report)
    if record.epoch % self.every ~= 0 and record.epoch ~= report.epochs then
      return nil
    end
    local parts = { "epoch " .. record.epoch }
    for _, name in ipairs(columns.of(self.columns, report)) do
      if record[name] ~= nil then
        parts[#parts + 1] = name .. " " .. columns.text(record[name], self.digits)
      end
    end
    return table.concat(parts, "  ")
  end,
}
