-- Where the theorem does not hold: symmetric losses under noise that goes from class to class, or by the image.
--
-- Patel and Sastry (2021) prove for symmetric noise that a symmetric loss has the same minimisers with and without it.
-- With pairs of classes the noisy risk is another function, and a symmetric loss may lose as well. The same share of
-- all labels is wrong under each noise, as near as its pairs allow: pairs that cover half of the classes flip twice as
-- often.
--
-- Read: J2 beside J1. Under uniform noise the symmetric losses (rll, nmse, unhinged) keep J2 above J1; under pairs near
-- 0.45 and under instance noise they need not.
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/asymmetric.lua --quick
--   nightjar figure asymmetric --y j2 --by loss --facet noise -o asymmetric.svg
local nj = require "nightjar"

return nj.experiment {
  name = "asymmetric",
  doc = "Symmetric losses under uniform, pairwise, asymmetric and instance-dependent noise.",
  settings = { data = "digits", hidden = { 256, 256 }, epochs = 60, batch = 128, learning_rate = 0.1, momentum = 0.9 },
  grid = {
    { "noise", {
      { "uniform", rate = 0.2 }, { "pair_flip", rate = 0.2 }, { "asym_mnist", rate = 0.4 }, { "instance", rate = 0.2 },
      { "uniform", rate = 0.45 }, { "pair_flip", rate = 0.45 }, { "instance", rate = 0.45 },
    } },
    { "loss", { "cce", "gce", "unhinged", "rll", "nmse" } },
    { "seed", { 1, 2, 3 } },
  },
  baseline = { loss = "cce" },
  show = { "j1", "j2", "memorized", "test_accuracy", "flip_epoch", "learnt" },
  quick = {
    epochs = 8, hidden = { 64 }, loss = { "cce", "rll" }, seed = { 1 },
    noise = { { "uniform", rate = 0.45 }, { "pair_flip", rate = 0.45 } },
  },
  run = function(cfg)
    local data = nj.data.load(cfg.data)
    local noisy = data.train:with_labels(nj.noise[cfg.noise] {}, { seed = cfg.seed })
    local trainer = nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes },
      loss = nj.losses[cfg.loss] {},
      optimizer = nj.optim.sgd { momentum = cfg.momentum },
      learning_rate = cfg.learning_rate,
      batch_size = cfg.batch,
      seed = cfg.seed,
      -- How much of the noise the predictions have taken over: near 0 all of it.
      metrics = { nj.metrics.transition_distance { as = "learnt" } },
    }
    local records = trainer:fit(noisy, { test = data.test, epochs = cfg.epochs })
    return { flip_epoch = nj.summaries.flip_epoch {} (records) }
  end,
}
