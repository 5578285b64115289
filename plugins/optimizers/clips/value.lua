local nj = require "nightjar"

return nj.clip {
  name = "value",
  doc = "Brings every entry of every gradient between -limit and limit.",
  params = { limit = { above = 0, max = math.huge, type = "number", doc = "the largest size of an entry" } },
  apply = function(self, g)
    return g:clamp(-self.limit, self.limit)
  end,
}
