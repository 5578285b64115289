-- Does the loss decide whether a network memorizes wrong labels? A small MLP on noisy digits, four losses.
--
-- After Patel and Sastry, "Memorization in Deep Neural Networks: Does the Loss Function Matter?" (PAKDD 2021).
-- J1 is the training accuracy against the labels given, noise included; J2 against the true ones.
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/memorization.lua --quick
--   nightjar figure memorization --y j1,j2 --by loss --facet rate -o memorization.svg
local nj = require "nightjar"

return nj.experiment {
  name = "memorization",
  doc = "How much label noise a network memorizes under different losses.",
  settings = {
    data = "digits",
    hidden = { 512, 512 },
    epochs = 60,
    batch = 128,
    learning_rate = 0.1,
    momentum = 0.9,
  },
  grid = {
    { "loss", { "cce", "mse", "rll", "nmse" } },
    { "rate", { 0, 0.2, 0.4, 0.6 } },
    { "seed", { 1, 2, 3 } },
  },
  quick = { epochs = 5, hidden = { 64 }, loss = { "cce", "rll" }, rate = { 0, 0.4 }, seed = { 1 } },
  run = function(cfg)
    local data = nj.data.load(cfg.data)
    -- The noise depends on the data, its rate and the seed alone: every loss sees the same wrong labels.
    local noisy = data.train:with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
    local trainer = nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes },
      loss = nj.losses[cfg.loss] {},
      optimizer = nj.optim.sgd { momentum = cfg.momentum },
      schedule = nj.schedules.constant { base = cfg.learning_rate },
      batch_size = cfg.batch,
      seed = cfg.seed,
    }
    trainer:fit(noisy, { test = data.test, epochs = cfg.epochs })
  end,
}
