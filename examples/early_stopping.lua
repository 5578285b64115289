-- Early stopping: with wrong labels, test accuracy rises and then falls again, so the epoch at which one stops
-- decides. The choice is made on a validation set whose labels are as wrong as the others, and that is enough.
--
--   nightjar run examples/early_stopping.lua
--   nightjar figure early_stopping --y test_accuracy,validation_accuracy --where "j1 > 65" -o early_stopping.svg
local nj = require "nightjar"
local cfg = nj.config { rate = 0.4, epochs = 40, seed = 1, samples = 1000, patience = 8 }

local data = nj.data.load "digits"
local noisy = data.train:with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })

local function part(first, count)
  return nj.data.from_tensors {
    inputs = noisy:inputs():narrow(1, first, count), labels = noisy:labels():narrow(1, first, count),
    classes = data.classes,
  }
end
local train, validation = part(1, cfg.samples), part(cfg.samples + 1, noisy:count() - cfg.samples)

local function fit(callbacks)
  local trainer = nj.trainer {
    model = nj.models.mlp { inputs = data.features, hidden = { 256 }, classes = data.classes },
    loss = nj.losses.cce {}, optimizer = nj.optim.adam {}, learning_rate = 0.003, seed = cfg.seed,
    callbacks = callbacks,
  }
  local records = trainer:fit(train, { test = data.test, validation = validation, epochs = cfg.epochs })
  return trainer.model, records
end

local function accuracy(model)
  return 100 * model:predict(data.test, { as = "classes" }):eq(data.test:labels()):float():mean():item()
end

local patient = nj.callbacks.early_stopping {
  monitor = "validation_accuracy", patience = cfg.patience, restore_best = true,
}
local stopped, records = fit { patient }
local whole = fit {}
print(string.format("test accuracy %.1f with the best of %d epochs, %.1f after all %d", accuracy(stopped), #records,
  accuracy(whole), cfg.epochs))
