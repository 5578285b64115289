local nj = require "nightjar"
local by_input = require "by_input.lua"
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
    return by_input(self, evaluation, function(inputs, labels)
      return gradients.lengths(self, evaluation.model, inputs, labels, self.batch)
    end)
  end,
}
