local nj = require "nightjar"
local samples = require "samples.lua"

return nj.metric {
  name = "sample_loss",
  doc = "mean loss of the samples, for all, or those with right or with wrong labels",
  title = "loss of the samples", direction = "none",
  params = samples.params { "of", "on" },
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    local losses = chosen and chosen:get("losses")
    return losses and losses:double():mean() or nil
  end,
}
