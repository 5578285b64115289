local nj = require "nightjar"
local label_scores = require "label_scores.lua"
local samples = require "samples.lua"

-- z_t - max_{k != t} z_k, as Toneva et al. 2019 and Pleiss et al. 2020 have it.
return nj.metric {
  name = "margin",
  doc = "mean over samples of the label's logit less the largest other one",
  title = "margin", direction = "none",
  params = samples.params { "of", "on", "against" },
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    if chosen == nil then
      return nil
    end
    local logits, labels = chosen:get("logits"):double(), chosen:labels()
    return (logits:pick(labels) - label_scores.best_other(logits, labels)):mean()
  end,
}
