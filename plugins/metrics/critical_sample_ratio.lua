local nj = require "nightjar"
local samples = require "samples.lua"

-- Where each sample of a batch is changed within its box until the prediction is another one.
local function critical(self, model, inputs, random, low, high)
  local count, size = inputs:size(1), inputs:numel() // inputs:size(1)
  local lower, upper = (inputs - self.radius):maximum(low):copy(), (inputs + self.radius):minimum(high):copy()
  local predicted = (model:forward(inputs)):argmax(-1):int():copy()
  local x, is_critical, found = inputs, nj.zeros({ count }, { dtype = "bool" }), 0
  for _ = 1, self.iterations do
    local gradient = nj.grad(function(given)
      return -(model:forward(given)):log_softmax(-1):pick(predicted):sum()
    end, x)
    local draws = random:normal(count * size):reshape(inputs:shape()):to(inputs:dtype())
    x = (x + self.step * gradient:sign() + self.noise * draws):maximum(lower):minimum(upper):copy()
    local differs = (model:forward(x)):argmax(-1):int():ne(predicted)
    is_critical = is_critical:logical_or(differs):copy()
    local now = is_critical:int():sum():item()
    if now - found < self.least_new then
      return now
    end
    found = now
  end
  return found
end

-- Arpit et al. 2017, section 4.3: samples near which the prediction changes, found by LASS (algorithm 1 there): steps
-- along the sign of the gradient of the cross-entropy of what is predicted, with noise, held within a box around the
-- sample and within the range of the data. Defaults are those of the authors' function in the code of Ma et al. 2018,
-- in units of inputs from 0 to 1: divide by the deviation that inputs were divided by.
return nj.metric {
  name = "critical_sample_ratio",
  doc = "share of samples for which the prediction changes within a small box around them",
  title = "critical sample ratio", direction = "lower", range = { 0, 1 },
  params = samples.params({}, {
    of = { default = "test", choices = samples.of_param.choices, doc = samples.of_param.doc },
    radius = { default = 0.3 / 255, min = 0, doc = "half the side of the box, in units of the inputs" },
    step = { default = 0.25 / 255, min = 0, doc = "of one iteration along the sign of the gradient" },
    noise = { default = 0.2 / 255, min = 0, doc = "standard deviation of the noise of one iteration" },
    iterations = { default = 100, type = "integer", min = 1, doc = "at most" },
    least_new = { default = 20, type = "integer", min = 1, doc = "an iteration that finds fewer is the last" },
    most = { default = 500, type = "integer", min = 1, doc = "at most so many samples, always the same" },
  }),
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    if chosen == nil then
      return nil
    end
    local inputs = samples.some(chosen, self.most)
    local all = chosen.set.inputs
    local low, high = all:min():item(), all:max():item()
    local random = nj.random_stream(0, "critical samples"):derive("step " .. (evaluation.step or 0))
    return critical(self, evaluation.model, inputs, random, low, high) / inputs:size(1)
  end,
}
