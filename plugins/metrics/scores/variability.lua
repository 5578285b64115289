-- Swayamdipta et al. 2020, equation 2. Neither end marks wrong labels by itself: they lie where confidence is low and
-- this is low as well.
local score = require "../score.lua"

return score.over({
  name = "variability", doc = "Data maps: the standard deviation over epochs of the given label's probability.",
  suspicious = "low", params = score.epochs(),
}, "p_given", function(p)
  return p:std(1, { correction = 0 })
end)
