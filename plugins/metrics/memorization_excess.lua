local nj = require "nightjar"
local samples = require "samples.lua"

-- (m - m_0) / (1 - m_0): m_0 is how often a model that saw clean labels predicts the wrong ones of the same noise.
return nj.metric {
  name = "memorization_excess",
  doc = "share of the wrong labels that are predicted, beyond what a model of clean labels predicts of them",
  title = "memorization excess", unit = "%", direction = "lower",
  params = {
    baseline = { default = 0, min = 0, below = 100, doc = "that share of a model trained on clean labels, in percent" },
  },
  compute = function(self, evaluation)
    local wrong = samples.of({ on = "wrong" }, evaluation)
    if wrong == nil then
      return nil
    end
    local memorized = wrong:get("predictions"):int():eq(wrong:labels()):double():mean()
    local baseline = self.baseline / 100
    return 100 * (memorized - baseline) / (1 - baseline)
  end,
}
