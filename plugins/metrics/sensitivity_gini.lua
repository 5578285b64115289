local nj = require "nightjar"
local gradients = require "input_gradients.lua"
local samples = require "samples.lua"

-- Arpit et al. 2017, section 4.2: on real data few samples have most of the sensitivity, on noise all have as much.
return nj.metric {
  name = "sensitivity_gini",
  doc = "Gini coefficient over samples of the sensitivity of their losses to their inputs",
  title = "Gini of sensitivity", direction = "none", range = { 0, 1 },
  params = samples.params({ "on", "most", "batch", "loss" }),
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    if chosen == nil then
      return nil
    end
    local inputs, labels = samples.some(chosen, self.most)
    return gradients.gini(gradients.lengths(self, evaluation.model, inputs, labels, self.batch))
  end,
}
