-- An optimizer of one's own, with state: AdaBelief (Zhuang et al. 2020), which divides by how far the gradient is
-- from what was expected, where Adam divides by how large it is.
--
--   nightjar run examples/optimizer.lua --set learning_rate=0.003
local nj = require "nightjar"
local cfg = nj.config { learning_rate = 0.003, epochs = 10, seed = 1, samples = 1000 }

local adabelief = nj.optimizer {
  name = "adabelief",
  doc = "Adam by the variance of the gradient instead of its square (Zhuang et al. 2020, algorithm 2).",
  params = {
    beta1 = { default = 0.9, min = 0, below = 1, doc = "share of the mean that stays" },
    beta2 = { default = 0.999, min = 0, below = 1, doc = "share of the variance that stays" },
    epsilon = { default = 1e-8, above = 0, doc = "keeps the division finite" },
  },
  -- One tensor of zeros for each parameter; checkpoints keep them, and --resume goes on with them.
  state = { mean = "zeros", variance = "zeros" },
  update = function(self, w, g, s, lr, step)
    s.mean = self.beta1 * s.mean + (1 - self.beta1) * g
    s.variance = self.beta2 * s.variance + (1 - self.beta2) * (g - s.mean):square() + self.epsilon
    local mean = s.mean / (1 - self.beta1 ^ step)
    local variance = s.variance / (1 - self.beta2 ^ step)
    return w - lr * mean / (variance:sqrt() + self.epsilon)
  end,
}

local data = nj.data.load "digits"
for _, optimizer in ipairs { adabelief {}, nj.optim.adam {} } do
  local records = nj.trainer {
    model = nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes },
    loss = nj.losses.cce {}, optimizer = optimizer, learning_rate = cfg.learning_rate, seed = cfg.seed,
  }:fit(data.train:first(cfg.samples), { test = data.test, epochs = cfg.epochs })
  local last = records[#records]
  print(string.format("%s: loss %.4f, test accuracy %.1f", tostring(optimizer), last.loss, last.test_accuracy))
end
