-- What a plugin provides, by its names: `examples/plugins/margins` lies in a folder `plugins` beside this script
-- and is found there. It brings losses that look at the margin of a sample, a metric of it, and its own tests.
--
--   nightjar run examples/plugin.lua
--   nightjar test examples/plugins/margins
local nj = require "nightjar"
local cfg = nj.config { rate = 0.2, epochs = 10, seed = 1, samples = 1000 }

local data = nj.data.load "digits"
local noisy = data.train:first(cfg.samples):with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
for _, name in ipairs { "hinge", "hinge_squared" } do
  local records = nj.trainer {
    model = nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes },
    loss = nj.losses[name] { margin = 1 }, optimizer = nj.optim.adam {}, learning_rate = 0.003, seed = cfg.seed,
    metrics = { "test_accuracy", nj.metrics.logit_margin {} },
  }:fit(noisy, { test = data.test, epochs = cfg.epochs })
  local last = records[#records]
  print(string.format("%s: test accuracy %.1f, mean margin of the training samples %.2f", name, last.test_accuracy,
    last.logit_margin))
end
