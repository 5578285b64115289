-- Swayamdipta et al. 2020, section 2: how often the given label was predicted.
local nj = require "nightjar"
local history = require "../history.lua"

return nj.score {
  name = "correctness", doc = "Data maps: the share of epochs at which the given label was predicted.",
  suspicious = "low",
  call = function(self, past)
    return history.right(self, past):double():mean(1):copy()
  end,
}
