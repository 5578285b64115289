local nj = require "nightjar"
local history = require "../history.lua"

-- Patel and Sastry 2021, section 4: from there on the network fits wrong labels better than true ones.
return nj.summary {
  name = "flip_epoch", doc = "The first epoch at which J1 is above J2; none where it never is.",
  call = function(self, records)
    local epochs, j1 = history.series(self, records, "j1")
    local _, j2 = history.series(self, records, "j2")
    for i, epoch in ipairs(epochs) do
      if j2[i] and j1[i] > j2[i] then
        return epoch
      end
    end
    return nil
  end,
}
