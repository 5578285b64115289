local nj = require "nightjar"

return require "../quality.lua" ({
  name = "normalized_margin", doc = "1 - (p of the given label - largest of the others + 1) / 2.",
}, function(seen)
  return nj.metrics.normalized_margin {} (seen)
end)
