local nj = require "nightjar"
local by_input = require "by_input.lua"
local gradients = require "input_gradients.lua"
local samples = require "samples.lua"

-- Garg, Ravikumar and Roy, "Memorization through the lens of curvature of loss function around samples", 2023, section
-- 3: Hutchinson's estimate with differences of gradients.
return nj.metric {
  name = "input_curvature",
  doc = "curvature of each sample's loss around its input, by differences of gradients in random directions",
  title = "input-loss curvature", direction = "none", returns = "sample",
  params = samples.params({ "batch", "loss" }, {
    draws = { default = 10, type = "integer", min = 1, doc = "directions that are tried" },
    step = { default = 1e-3, above = 0, doc = "length of a step along each number of an input" },
  }),
  compute = function(self, evaluation)
    return by_input(self, evaluation, function(inputs, labels)
      return gradients.curvatures(self, evaluation.model, inputs, labels, self.batch, self.draws, self.step)
    end)
  end,
}
