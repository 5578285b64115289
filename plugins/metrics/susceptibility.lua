local nj = require "nightjar"
local samples = require "samples.lua"

-- Forouzesh, Sedghi and Thiran, "Leveraging unlabeled data to track memorization", ICLR 2023, equation 1: how much one
-- step on a batch with random labels lowers the loss on that batch. Their zeta(T) is the mean over the epochs, which
-- nj.summaries.mean gives. The step is taken on a copy of the weights in evaluation mode, so that neither weights nor
-- running statistics change.
return nj.metric {
  name = "susceptibility",
  doc = "fall of the loss on a batch with random labels by one step on it: how easily the model memorizes",
  title = "susceptibility to noise", direction = "lower",
  params = samples.params({ "of", "loss" }, {
    batch = { default = 512, type = "integer", min = 1, doc = "samples of the batch, always the same" },
    learning_rate = { default = 0.1, above = 0, doc = "of the step, plain gradient descent" },
    seed = { default = 0, type = "integer", doc = "of the random labels" },
  }),
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    if chosen == nil then
      return nil
    end
    local model, inputs = evaluation.model, (samples.some(chosen, self.batch))
    local count, classes = inputs:size(1), (evaluation.classes or evaluation.logits:size(-1))
    local labels = nj.random_stream(self.seed, "susceptibility"):integers(count, 1, classes)
    local function loss(weights)
      return samples.losses(self, (model:forward(inputs, { parameters = weights })), labels):mean()
    end
    local weights = model:parameters()
    local before, gradients = nj.value_and_grad(loss, weights)
    local after = {}
    for path, weight in pairs(weights) do
      after[path] = weight - self.learning_rate * gradients[path]
    end
    return before - loss(after)
  end,
}
