local nj = require "nightjar"
local history = require "../history.lua"

-- Toneva et al. 2019: the presentations that a sample needs are one more.
return nj.score {
  name = "last_wrong", doc = "The last epoch at which a sample's given label is not predicted; 0 where it always is.",
  suspicious = "high",
  call = function(self, past)
    local right, epochs = history.right(self, past)
    local places = nj.arange(1, epochs + 1, { dtype = "float64" }):unsqueeze(-1)
    return (right:logical_not():double() * places):max(1):copy()
  end,
}
