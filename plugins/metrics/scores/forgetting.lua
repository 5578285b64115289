local nj = require "nightjar"
local history = require "../history.lua"

-- Toneva et al., "An empirical study of example forgetting", ICLR 2019, definition 1. They count between presentations
-- of a sample, while weights move; here it is between evaluations with fixed weights. A sample that was never learnt
-- counts as forgotten at every epoch, which puts it last in a ranking, as theirs does.
return nj.score {
  name = "forgetting",
  doc = "How often a sample's given label was predicted and then not; never predicted: every epoch.",
  suspicious = "high",
  call = function(self, past)
    local right, epochs = history.right(self, past)
    local now = right:double()
    local falls = now:narrow(1, 1, epochs - 1) * (1 - now:narrow(1, 2, epochs - 1))
    return nj.where(right:any(1), falls:sum(1), epochs):copy()
  end,
}
