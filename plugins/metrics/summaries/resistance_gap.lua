local nj = require "nightjar"
local history = require "../history.lua"

-- Patel and Sastry 2021, definition of resisting memorization: J2 of the noisy training is J1 of the clean one. Both
-- must be of the same model, optimizer and seeds.
return nj.summary {
  name = "resistance_gap", doc = "J1 of a training on clean labels less J2 of one on noisy ones, at their ends.",
  params = {
    gives = { default = "gap", choices = { "gap", "ratio" }, doc = "the difference in percent, or J2 over J1" },
  },
  call = function(self, noisy, clean)
    local _, j2 = history.series(self, noisy, "j2")
    local _, j1 = history.series(self, clean, "j1")
    local given, ideal = j2[#j2], j1[#j1]
    if given == nil or ideal == nil then
      return nil
    end
    return self.gives == "gap" and ideal - given or given / ideal
  end,
}
