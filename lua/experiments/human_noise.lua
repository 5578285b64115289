-- Do losses that resist synthetic noise resist what people get wrong? Labels of CIFAR-10N (Wei et al. 2022), beside
-- synthetic noise of the same matrix and of the same rate: people are mistaken about images that are hard to tell,
-- which neither of these knows.
--
--   nightjar run lua/experiments/human_noise.lua --data-dir DATA --set labels=CIFAR-10_human.pt
--   nightjar run lua/experiments/human_noise.lua --data-dir DATA --set 'labels=cifar10n/cifar10n_*.u8'
--
-- `labels` names the published file, whose arrays are the sets, or a file for each set with the name of a set in the
-- place of *: one byte a label. They lie below the working directory (elsewhere with --trust), in the order of CIFAR's
-- own files, with `clean_label` beside, and are not part of Nightjar (CC BY-NC 4.0). Without them labels of
-- instance-dependent noise stand in for people's, for a look on other data.
--
-- Read: `j2` and `memorized` by source; `realised`, the share of wrong labels in percent, published for all 50,000 as
-- 9.03 (aggre), 17.23, 18.12, 17.64 (random 1 to 3) and 40.21 (worse).
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/human_noise.lua --quick
--   nightjar figure human_noise --y j2 --by source --facet loss -o human_noise.svg
local nj = require "nightjar"

-- The labels of a set and the clean ones, as tensors from 1.
local function labels_of(cfg, data)
  local truth = data.train:true_labels()
  if cfg.labels == "" then
    local rates = { aggre_label = 0.09, worse_label = 0.4 }
    local model = nj.noise.instance { rate = rates[cfg.set] or 0.18 }
    return data.train:with_labels(model, { seed = 1 }):labels(), truth
  end
  local arrays = not cfg.labels:find("*", 1, true) and nj.load(cfg.labels)
  if nj.is_tensor(arrays) then
    error("labels names a file of arrays by name, such as CIFAR-10_human.pt, or files with a * in the place of the "
      .. "set, such as cifar10n_*.u8, got '" .. cfg.labels .. "'")
  end
  local count = #data.train
  local function read(set)
    if arrays and arrays[set] == nil then
      error(cfg.labels .. " has no array '" .. set .. "'")
    end
    local labels = arrays and arrays[set] or nj.load((cfg.labels:gsub("%*", function() return set end)))
    local all = labels:int() + 1
    -- Where the last of CIFAR's batches are missing, so are their labels; the clean ones tell whether that is so.
    return all:numel() > count and all:narrow(1, 1, count):copy() or all
  end
  return read(cfg.set), read("clean_label")
end

return nj.experiment {
  name = "human_noise",
  doc = "Losses under people's wrong labels, beside noise of the same matrix and of the same rate.",
  settings = { data = "cifar10", model = "resnet32", labels = "", samples = 50000, epochs = 100, batch = 128,
    learning_rate = 0.1, decay = 5e-4 },
  grid = {
    { "set", { "aggre_label", "random_label1", "worse_label" } },
    { "source", { "people", "matched", "uniform" } },
    { "loss", { "cce", "gce", "rll", "nmse" } },
    { "seed", { 1, 2, 3 } },
  },
  baseline = { loss = "cce" },
  show = { "j1", "j2", "memorized", "test_accuracy", "flip_epoch", "realised" },
  figures = { { y = { "j2" }, by = "source", facet = { "set", "loss" } } },
  quick = { data = "digits", model = "mlp", samples = 1000, epochs = 5, set = { "worse_label" },
    loss = { "cce", "rll" }, seed = { 1 } },
  run = function(cfg)
    local data = nj.data.load(cfg.data)
    local given, clean = labels_of(cfg, data)
    local noise
    if cfg.source == "people" then
      noise = nj.noise.human { labels = given, truth = clean }
    elseif cfg.source == "matched" then
      noise = nj.noise.human_matched { labels = given, truth = clean }
    else
      local _, rate = nj.noise.realised(clean, given, data.classes)
      noise = nj.noise.uniform { rate = rate }
    end
    -- The files are about the whole training set.
    local noisy = data.train:with_labels(noise, { seed = cfg.seed }):first(cfg.samples)
    local records = nj.trainer {
      model = cfg.model == "mlp" and nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes }
        or nj.models[cfg.model] { channels = data.shape[3], classes = data.classes },
      loss = nj.losses[cfg.loss] {},
      optimizer = nj.optim.sgd { momentum = 0.9, weight_decay = cfg.decay },
      schedule = nj.schedules.cosine { base = cfg.learning_rate, epochs = cfg.epochs },
      batch_size = cfg.batch, seed = cfg.seed,
    }:fit(noisy, { test = data.test, epochs = cfg.epochs })
    return { flip_epoch = nj.summaries.flip_epoch {} (records), realised = 100 * noisy:noise_rate() }
  end,
}
