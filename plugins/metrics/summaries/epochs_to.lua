local nj = require "nightjar"
local history = require "../history.lua"

return nj.summary {
  name = "epochs_to", doc = "The first epoch at which a column reaches a level; none where it does not.",
  params = {
    column = { default = "memorized", doc = "of the records" },
    level = { default = 50, doc = "which it must reach, in its own units" },
  },
  call = function(self, records)
    local epochs, values = history.series(self, records, self.column)
    for i, value in ipairs(values) do
      if value >= self.level then
        return epochs[i]
      end
    end
    return nil
  end,
}
