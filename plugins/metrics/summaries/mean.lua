local nj = require "nightjar"
local history = require "../history.lua"

-- The mean of the last ten epochs, as papers on noisy labels give it beside the last one.
return nj.summary {
  name = "mean", doc = "Mean of a column over the last epochs, or over all.",
  params = {
    column = { default = "test_accuracy", doc = "of the records" },
    last = { type = "integer", min = 1, optional = true, doc = "so many of the last epochs; all where it is left out" },
  },
  call = function(self, records)
    local _, values = history.series(self, records, self.column)
    local count = math.min(self.last or #values, #values)
    if count == 0 then
      return nil
    end
    local sum = 0
    for i = #values - count + 1, #values do
      sum = sum + values[i]
    end
    return sum / count
  end,
}
