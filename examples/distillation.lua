-- Distillation (Hinton, Vinyals and Dean 2015): a small network learns from the probabilities of a larger one
-- instead of the labels, which are wrong in part.
--
--   nightjar run examples/distillation.lua --set rate=0.4 --set epochs=20
local nj = require "nightjar"
local cfg = nj.config { rate = 0.4, epochs = 10, seed = 1, samples = 1000, temperature = 2 }

local data = nj.data.load "digits"
local noisy = data.train:first(cfg.samples):with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })

local function train(hidden, labelled, loss)
  local model = nj.models.mlp { inputs = data.features, hidden = { hidden }, classes = data.classes }
  local records = nj.trainer {
    model = model, loss = loss, optimizer = nj.optim.adam {}, learning_rate = 0.003, seed = cfg.seed,
  }:fit(labelled, { test = data.test, epochs = cfg.epochs })
  return model, records[#records].test_accuracy
end

local teacher, taught = train(128, noisy, nj.losses.gce {})
-- Softer than the teacher's own: the logits by a temperature.
local targets = (teacher:predict(noisy) / cfg.temperature):softmax()
local _, learned = train(16, noisy:with_labels(targets), nj.losses.cce {})
local _, alone = train(16, noisy, nj.losses.cce {})
print(string.format("test accuracy: teacher %.1f, student %.1f, the same network on the noisy labels %.1f", taught,
  learned, alone))
