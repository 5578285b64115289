local nj = require "nightjar"
local samples = require "samples.lua"

-- Wei et al. 2022, section 4.3, and the code of noisypy, here with fixed weights in evaluation mode.
return nj.metric {
  name = "confident",
  doc = "share of the samples whose largest probability is above a threshold",
  title = "confident", unit = "%", range = { 0, 100 },
  params = samples.params({ "of", "on" }, {
    threshold = { default = 0.95, min = 0, max = 1, doc = "above which a prediction is confident" },
  }),
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    return chosen and 100 * chosen:probabilities():max(-1):gt(self.threshold):double():mean() or nil
  end,
}
