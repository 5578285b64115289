local nj = require "nightjar"
local history = require "../history.lua"

return nj.summary {
  name = "peak", doc = "The largest value of a column, its epoch, or how far the column falls from there to the end.",
  params = {
    column = { default = "j2", doc = "of the records" },
    gives = { default = "value", choices = { "value", "epoch", "drop" }, doc = "which of these it is" },
  },
  call = function(self, records)
    local epochs, values = history.series(self, records, self.column)
    local best
    for i, value in ipairs(values) do
      best = (best == nil or value > values[best]) and i or best
    end
    if best == nil then
      return nil
    end
    return self.gives == "value" and values[best] or self.gives == "epoch" and epochs[best]
      or values[best] - values[#values]
  end,
}
