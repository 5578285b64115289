local nj = require "nightjar"

return require "../quality.lua" ({
  name = "weighted_entropy", doc = "cleanlab's confidence-weighted entropy, turned round.",
}, function(seen)
  return nj.metrics.weighted_entropy {} (seen)
end)
