-- Co-teaching (Han et al. 2018): two networks are trained side by side, and each picks, by its small losses, the
-- samples of the batch from which the other learns.
--
--   nightjar run examples/co_teaching.lua --set rate=0.4 --set epochs=20
local nj = require "nightjar"
local cfg = nj.config { rate = 0.4, epochs = 10, seed = 1, samples = 1000, warmup = 5 }

local data = nj.data.load "digits"
local noisy = data.train:first(cfg.samples):with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
local function network()
  return nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes }
end

local first, second = network(), network()
local trainer = nj.trainer {
  model = { first, second },
  loss = nj.losses.co_teaching { forget = cfg.rate, warm_up = cfg.warmup },
  optimizer = nj.optim.adam {},
  learning_rate = 0.003,
  seed = cfg.seed,
}
local records = trainer:fit(noisy, { test = data.test, epochs = cfg.epochs })

-- Records judge the first; the other is judged by hand.
local function accuracy(model)
  return model:predict(data.test, { as = "classes" }):eq(data.test:labels()):float():mean():item() * 100
end
print(string.format("test accuracy %.1f and %.1f", records[#records].test_accuracy, accuracy(second)))
