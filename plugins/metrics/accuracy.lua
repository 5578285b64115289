local nj = require "nightjar"
local samples = require "samples.lua"

return nj.metric {
  name = "accuracy",
  doc = "accuracy on the samples and against the labels that its parameters name",
  title = "accuracy", unit = "%", direction = "higher", range = { 0, 100 },
  params = samples.params { "of", "on", "against" },
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    return chosen and 100 * chosen:get("predictions"):int():eq(chosen:labels()):double():mean() or nil
  end,
}
