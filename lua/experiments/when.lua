-- Does memorization need the loss from the start? The loss is changed at an epoch, from one that memorizes to one that
-- resists, and the other way round.
--
-- Read: J2 and memorized at the end by the epoch of the change. If what was learnt early decides, a late change to a
-- robust loss does not undo memorization, and an early robust phase protects a network that goes on with cross-entropy.
-- 0 is the second loss all along; an epoch at the end the first one.
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/when.lua --quick
--   nightjar figure when --y j2 --by at --facet first -o when.svg
local nj = require "nightjar"

-- One loss up to an epoch, another one from the next on.
local changing = nj.loss {
  name = "changing",
  doc = "One loss up to an epoch, and another one afterwards.",
  params = {
    first = { type = "any", doc = "the loss at the beginning" },
    second = { type = "any", doc = "the loss after the change" },
    at = { type = "integer", min = 0, doc = "the last epoch of the first one" },
  },
  forward = function(self, logits, labels, batch)
    local loss = batch.epoch <= self.at and self.first or self.second
    return loss(logits, labels)
  end,
}

return nj.experiment {
  name = "when",
  doc = "The loss is changed at an epoch: does memorization need it from the start?",
  settings = { data = "digits", hidden = { 512, 512 }, epochs = 80, batch = 128, learning_rate = 0.1, momentum = 0.9,
    rate = 0.4 },
  grid = {
    { { "first", "second" }, { { "cce", "rll" }, { "rll", "cce" } } },
    { "at", { 0, 5, 10, 20, 40, 80 } },
    { "seed", { 1, 2, 3 } },
  },
  kinds = { first = "loss", second = "loss" },
  show = { "j1", "j2", "memorized", "test_accuracy", "flip_epoch" },
  figures = {
    { y = { "memorized" }, by = "at", facet = { "first" } }, { y = { "j2" }, by = "at", facet = { "first" } },
  },
  quick = { epochs = 12, hidden = { 128 }, at = { 0, 4, 12 }, seed = { 1 } },
  run = function(cfg)
    local data = nj.data.load(cfg.data)
    local noisy = data.train:with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
    local trainer = nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes },
      loss = changing { first = nj.losses[cfg.first] {}, second = nj.losses[cfg.second] {}, at = cfg.at },
      optimizer = nj.optim.sgd { momentum = cfg.momentum },
      learning_rate = cfg.learning_rate,
      batch_size = cfg.batch,
      seed = cfg.seed,
    }
    local records = trainer:fit(noisy, { test = data.test, epochs = cfg.epochs })
    return { flip_epoch = nj.summaries.flip_epoch {} (records) }
  end,
}
