-- Co-teaching (Han et al. 2018): two networks are trained side by side, and each picks, by its small losses, the
-- samples of the batch from which the other learns.
--
--   nightjar run examples/co_teaching.lua --set rate=0.4 --set epochs=20
local nj = require "nightjar"
local cfg = nj.config { rate = 0.4, epochs = 10, seed = 1, samples = 1000, warmup = 5 }

local co_teaching = nj.loss {
  name = "co_teaching",
  doc = "Cross-entropy of each of two models over the samples that the other finds easy (Han et al. 2018).",
  params = {
    forget = { default = 0.2, min = 0, below = 1, doc = "share of a batch that is left out in the end" },
    warmup = { default = 10, type = "integer", min = 1, doc = "epochs until that share is left out" },
  },
  reduction = "batch",
  needs = { outputs = 2 },
  forward = function(self, _, labels, batch)
    local first, second = table.unpack(batch.outputs)
    local function losses(logits)
      return -logits:log_softmax():pick(labels)
    end
    local a, b = losses(first), losses(second)
    local left_out = self.forget * math.min(1, batch.epoch / self.warmup)
    local keep = math.max(1, math.floor((1 - left_out) * batch.count))
    local function easy(values)
      return values:detach():argsort():narrow(1, 1, keep)
    end
    return a:gather(1, easy(b)):mean() + b:gather(1, easy(a)):mean()
  end,
}

local data = nj.data.load "digits"
local noisy = data.train:first(cfg.samples):with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
local function network()
  return nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes }
end

local first, second = network(), network()
local trainer = nj.trainer {
  model = { first, second },
  loss = co_teaching { forget = cfg.rate, warmup = cfg.warmup },
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
