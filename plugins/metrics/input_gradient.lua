local nj = require "nightjar"
local gradients = require "input_gradients.lua"
local samples = require "samples.lua"

-- Arpit et al. 2017, section 4.2: g_x is the mean of these over the steps of a training; nj.scores.input_gradient takes
-- it over the epochs of a ledger.
return nj.metric {
  name = "input_gradient",
  doc = "sum of the absolute values of the gradient of each sample's loss with respect to its input",
  title = "loss-gradient sensitivity", direction = "none", returns = "sample",
  params = samples.params({ "batch", "loss" }),
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    if chosen == nil then
      return nil
    end
    local inputs, labels, positions = samples.some(chosen, chosen.count)
    local values = gradients.lengths(self, evaluation.model, inputs, labels, self.batch)
    if chosen.positions == nil then
      return values
    end
    local filled = nj.zeros({ evaluation.labels:numel() }, { dtype = "float64" }):scatter_add(1, positions, values)
    return nj.where(evaluation.keep, filled, 0 / 0)
  end,
}
