local nj = require "nightjar"
local history = require "../history.lua"

-- Toneva et al. 2019. Counted in evaluations; one more than there are where it never happened.
return nj.score {
  name = "first_learned",
  doc = "The first epoch at which a sample's given label is predicted; never: one after the last.",
  suspicious = "high",
  call = function(self, past)
    local right, epochs = history.right(self, past)
    return nj.where(right:any(1), right:int():argmax(1):double(), epochs + 1):copy()
  end,
}
