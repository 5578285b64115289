local nj = require "nightjar"
local history = require "../history.lua"

-- J1 = (1 - r) a + r m with a <= 1, so that m >= (J1 - (1 - r)) / r: what a published J1 says of memorization.
return nj.summary {
  name = "memorized_bound", doc = "The least share of wrong labels that must be memorized, in percent, by the last J1.",
  params = { rate = { type = "number", above = 0, max = 1, doc = "share of labels that are wrong" } },
  call = function(self, records)
    local _, j1 = history.series(self, records, "j1")
    local last = j1[#j1]
    return last and math.max(0, (last - 100 * (1 - self.rate)) / self.rate) or nil
  end,
}
