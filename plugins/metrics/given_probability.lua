local nj = require "nightjar"
local samples = require "samples.lua"

return nj.metric {
  name = "given_probability",
  doc = "mean probability of the label given for training, or of the true one",
  title = "probability of the label", direction = "none", range = { 0, 1 },
  params = samples.params { "of", "on", "against" },
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    return chosen and chosen:probabilities():pick(chosen:labels()):mean() or nil
  end,
}
