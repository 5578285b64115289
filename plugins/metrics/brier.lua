local nj = require "nightjar"
local samples = require "samples.lua"

-- Brier 1950: the sum over classes of squared differences to the label, in its original form for several classes.
return nj.metric {
  name = "brier",
  doc = "mean over samples of the squared distance between probabilities and label, 0 to 2",
  title = "Brier score", direction = "lower", range = { 0, 2 },
  params = samples.params { "of", "on", "against" },
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    if chosen == nil then
      return nil
    end
    local p = chosen:probabilities()
    return (p - chosen:labels():one_hot(p:size(2), { dtype = "float64" })):square():sum(-1):mean()
  end,
}
