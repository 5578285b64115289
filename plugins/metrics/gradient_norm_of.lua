local nj = require "nightjar"
local samples = require "samples.lua"

-- The gradient of the mean loss over all samples, or over those with right or with wrong labels, with fixed weights:
-- where the wrong ones have the longer gradient, what is learnt next is noise.
return nj.metric {
  name = "gradient_norm_of",
  doc = "length of the gradient of the mean loss of all samples, or of those with right or with wrong labels",
  title = "gradient norm", direction = "none",
  params = samples.params({ "on", "most", "batch", "loss" }),
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    if chosen == nil then
      return nil
    end
    local inputs, labels = samples.some(chosen, self.most)
    local sums, model = {}, evaluation.model
    local weights = model:parameters()
    samples.each_batch(inputs, labels, self.batch, function(x, y)
      local gradients = nj.grad(function(given)
        return samples.losses(self, (model:forward(x, { parameters = given })), y):sum()
      end, weights)
      for path, gradient in pairs(gradients) do
        sums[path] = (sums[path] and sums[path] + gradient:double() or gradient:double()):copy()
      end
    end)
    local squares = 0
    for _, sum in pairs(sums) do
      squares = squares + sum:square():sum():item()
    end
    return math.sqrt(squares) / labels:numel()
  end,
}
