local nj = require "nightjar"
local samples = require "samples.lua"

-- Whatever the loss is, the same number for all: the mean of -log p of the label.
return nj.metric {
  name = "nll",
  doc = "mean of the negative logarithm of the label's probability",
  title = "negative log likelihood", direction = "lower",
  params = samples.params { "of", "on", "against" },
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    return chosen and -chosen:log_probabilities():pick(chosen:labels()):mean() or nil
  end,
}
