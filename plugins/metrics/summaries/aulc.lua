local nj = require "nightjar"
local history = require "../history.lua"

-- The area under the curve over the epochs, by trapezia, divided by how many lie between first and last: a mean in the
-- units of the column, which early learning lifts whatever the end is.
return nj.summary {
  name = "aulc", doc = "Area under the learning curve of a column, as a mean over the epochs.",
  params = { column = { default = "memorized", doc = "of the records" } },
  call = function(self, records)
    local epochs, values = history.series(self, records, self.column)
    if #values < 2 then
      return values[1]
    end
    local area = 0
    for i = 2, #values do
      area = area + (epochs[i] - epochs[i - 1]) * (values[i] + values[i - 1]) / 2
    end
    return area / (epochs[#epochs] - epochs[1])
  end,
}
