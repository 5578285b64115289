local nj = require "nightjar"
local samples = require "samples.lua"

return nj.metric {
  name = "entropy",
  doc = "mean entropy of the predicted probabilities, in nats",
  title = "entropy",
  params = samples.params { "of", "on" },
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    if chosen == nil then
      return nil
    end
    local p = chosen:probabilities()
    return -p:xlogy(p):sum(-1):mean()
  end,
}
