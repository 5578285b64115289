-- Where the theorem does not hold: which labels are wrong depends on the image. Patel and Sastry (2021) prove the
-- resistance of symmetric losses for labels that are wrong by chance alone, the same for each sample of a class.
--
-- Each instance-dependent noise stands beside its controls: `matched` flips as often from each class to each other
-- one, but any sample of the class (class-conditional noise with the matrix that the other came to), and `uniform`
-- flips as many labels in all. What a loss loses from `uniform` to `matched` is due to the matrix, from `matched` to
-- the noise itself (`none`) to the dependence on the image.
--
-- Read: `j2` and `memorized` by control; `realised`, the share of labels that are wrong, in percent, is the same for
-- the three up to chance.
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/instance.lua --quick
--   nightjar figure instance --y j2 --by control --facet loss -o instance.svg
local nj = require "nightjar"

-- The noise of a cell: drawn first, so that the controls know what it came to.
local function noise_of(cfg, train)
  local original = nj.noise[cfg.noise] {}
  if cfg.control == "none" then
    return original
  end
  local truth = train:true_labels()
  local rows, rate = nj.noise.realised(truth, train:with_labels(original, { seed = cfg.seed }):labels(),
    train:classes())
  if cfg.control == "uniform" then
    return nj.noise.uniform { rate = rate }
  end
  return nj.noise.class_conditional { transition = rows }
end

return nj.experiment {
  name = "instance",
  doc = "Losses under noise that depends on the image, beside noise of the same matrix and of the same rate.",
  settings = { data = "digits", hidden = { 256, 256 }, epochs = 60, batch = 128, learning_rate = 0.1, momentum = 0.9 },
  grid = {
    { "noise", { { "instance", rate = 0.2 }, { "instance", rate = 0.4 }, { "instance_shared", rate = 0.4 },
      { "margin", rate = 0.2 } } },
    { "control", { "none", "matched", "uniform" } },
    { "loss", { "cce", "gce", "rll", "nmse" } },
    { "seed", { 1, 2, 3 } },
  },
  baseline = { loss = "cce" },
  show = { "j1", "j2", "memorized", "test_accuracy", "flip_epoch", "realised" },
  figures = { { y = { "j2" }, by = "control", facet = { "noise", "loss" } } },
  quick = { epochs = 6, hidden = { 64 }, loss = { "cce", "rll" }, seed = { 1 },
    noise = { { "instance", rate = 0.4 } } },
  run = function(cfg)
    local data = nj.data.load(cfg.data)
    -- The controls are other draws than that which they are like.
    local noisy = data.train:with_labels(noise_of(cfg, data.train), { seed = cfg.seed })
    local records = nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes },
      loss = nj.losses[cfg.loss] {}, optimizer = nj.optim.sgd { momentum = cfg.momentum },
      learning_rate = cfg.learning_rate, batch_size = cfg.batch, seed = cfg.seed,
    }:fit(noisy, { test = data.test, epochs = cfg.epochs })
    return { flip_epoch = nj.summaries.flip_epoch {} (records), realised = 100 * noisy:noise_rate() }
  end,
}
