-- When does memorization begin? Networks fit rightly labelled samples first and wrong labels later (Arpit et al. 2017,
-- Liu et al. 2020); the loss and the optimizer decide how much later.
--
-- Read: `flip_epoch`, the first with J1 above J2 (none: never); `aulc`, the mean over the epochs of the share of wrong
-- labels memorized; `half_memorized`, the epoch at which that share reaches 50 %; `peak_j2` and `peak_epoch`, the best
-- point to stop, chosen with the true labels and so out of reach; `drop`, what is lost after it.
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/early_learning.lua --quick
--   nightjar figure early_learning --y memorized --by loss --facet optimizer -o early_learning.svg
local nj = require "nightjar"

return nj.experiment {
  name = "early_learning",
  doc = "Flip epochs and areas under the memorization curve, by loss and optimizer.",
  settings = { data = "digits", hidden = { 512, 512 }, epochs = 100, batch = 128, rate = 0.4 },
  grid = {
    { "loss", { "cce", "mse", "gce", "elr", "rll", "nmse" } },
    { "optimizer", { "sgd", "momentum", "adam" } },
    { "seed", { 1, 2, 3 } },
  },
  baseline = { loss = "cce" },
  show = { "j1", "j2", "flip_epoch", "aulc", "half_memorized", "peak_j2", "peak_epoch", "drop" },
  figures = {
    { y = { "memorized" }, by = "loss", facet = { "optimizer" } },
    { y = { "j2" }, by = "loss", facet = { "optimizer" } },
  },
  quick = { epochs = 10, hidden = { 128 }, loss = { "cce", "rll" }, optimizer = { "momentum", "adam" }, seed = { 1 } },
  run = function(cfg)
    local data = nj.data.load(cfg.data)
    local noisy = data.train:with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
    local optimizers = { sgd = { nj.optim.sgd {}, 0.1 }, momentum = { nj.optim.sgd { momentum = 0.9 }, 0.1 },
      adam = { nj.optim.adam {}, 1e-3 } }
    local optimizer, rate = table.unpack(optimizers[cfg.optimizer])
    local trainer = nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes },
      loss = nj.losses[cfg.loss] {},
      optimizer = optimizer,
      learning_rate = rate,
      batch_size = cfg.batch,
      seed = cfg.seed,
    }
    local records = trainer:fit(noisy, { test = data.test, epochs = cfg.epochs })
    return {
      flip_epoch = nj.summaries.flip_epoch {} (records),
      aulc = nj.summaries.aulc {} (records),
      half_memorized = nj.summaries.epochs_to { level = 50 } (records),
      peak_j2 = nj.summaries.peak {} (records),
      peak_epoch = nj.summaries.peak { gives = "epoch" } (records),
      drop = nj.summaries.peak { gives = "drop" } (records),
    }
  end,
}
