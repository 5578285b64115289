local nj = require "nightjar"

-- Polyak and Juditsky 1992, with the schedule of PyTorch's torch.optim.ASGD: a step's rate is the one that the step
-- before it worked out. A state called `average` is what the model is judged by.
return nj.optimizer {
  name = "asgd",
  doc = "Averaged SGD (Polyak & Juditsky 1992): the model is judged by the mean of the weights from a step on.",
  params = {
    decay = { default = 1e-4, min = 0, max = 1e6, doc = "share of the weights taken away at each step, times the "
      .. "rate" },
    power = { default = 0.75, min = 0, max = 10, doc = "power with which the rate falls" },
    from = { default = 1000000, type = "integer", min = 0, doc = "the step after which weights are averaged" },
    weight_decay = { default = 0, min = 0, max = 1e6, doc = "multiple of the weights added to the gradient" },
  },
  state = { average = "weights" },
  update = function(self, w, g, s, lr, step)
    if self.weight_decay ~= 0 then
      g = g + self.weight_decay * w
    end
    local rate = lr / (1 + self.decay * lr * (step - 1)) ^ self.power
    local moved = w * (1 - self.decay * rate) - rate * g
    local count = math.max(1, step - 1 - self.from)
    s.average = count == 1 and moved or s.average + (moved - s.average) / count
    return moved
  end,
}
