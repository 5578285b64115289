-- Can a network fit labels that mean nothing, and images that are noise? Table 1 and figure 1 of Zhang et al.,
-- "Understanding deep learning requires rethinking generalization", ICLR 2017.
--
-- Their setting: the centre 28x28 of CIFAR-10's images, each whitened, SGD with momentum 0.9, a learning rate of 0.1
-- for Inception and 0.01 elsewhere, times 0.95 each epoch, no augmentation. Random labels are drawn from all classes,
-- the true one included; shuffled pixels have one order for all images, random pixels one for each.
--
-- Read: train accuracy (J1) near 100 in every row, test accuracy at chance for random labels. `fit_epoch` is the first
-- epoch at which J1 reaches 99.
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/random_labels.lua --quick
--   nightjar figure random_labels --y j1 --by condition -o random_labels.svg
local nj = require "nightjar"

-- What becomes of the training set under each condition; a test set is shuffled alike, and stays otherwise.
local conditions = {
  ["true"] = function(train, test) return train, test end,
  random = function(train, test, seed)
    return train:with_labels(nj.noise.random_labels {}, { seed = seed }), test
  end,
  shuffled = function(train, test, seed)
    return train:with_noise(nj.noise.shuffled_pixels {}, { seed = seed }),
      test:with_noise(nj.noise.shuffled_pixels {}, { seed = seed })
  end,
  random_pixels = function(train, test, seed)
    return train:with_noise(nj.noise.random_pixels {}, { seed = seed }), test
  end,
  gaussian = function(train, test, seed)
    return train:with_noise(nj.noise.gaussian {}, { seed = seed }), test
  end,
}

-- The networks of the paper for images of a side and so many channels.
local networks = {
  inception = function(classes, _, channels)
    return nj.models.inception_lite { classes = classes, channels = channels }
  end,
  alexnet = function(classes, side, channels)
    return nj.models.alexnet_small { classes = classes, channels = channels, height = side, width = side }
  end,
  mlp3 = function(classes, side, channels)
    return nj.models.mlp { inputs = side * side * channels, hidden = { 512, 512, 512 }, classes = classes }
  end,
  mlp1 = function(classes, side, channels)
    return nj.models.mlp { inputs = side * side * channels, hidden = { 512 }, classes = classes }
  end,
}

return nj.experiment {
  name = "random_labels",
  doc = "Zhang et al. 2017: networks fit true labels, random labels and noise images alike.",
  settings = { data = "cifar10", side = 28, epochs = 100, batch = 128, decay = 0.95, samples = 50000 },
  grid = {
    { "network", { "inception", "alexnet", "mlp3", "mlp1" } },
    { "condition", { "true", "random", "shuffled", "random_pixels", "gaussian" } },
    { "regularizer", { "none", "crop", "weight_decay", "both" } },
    { "seed", { 1 } },
  },
  -- Regularizers are about true labels.
  where = function(cell)
    return cell.regularizer == "none" or cell.condition == "true"
  end,
  show = { "j1", "test_accuracy", "fit_epoch" },
  quick = { data = "digits", side = 8, epochs = 40, samples = 300, batch = 16, decay = 1, network = { "mlp3" },
    regularizer = { "none" } },
  run = function(cfg)
    local data = nj.data.load(cfg.data)
    local train, test = conditions[cfg.condition](data.train:first(cfg.samples), data.test, cfg.seed)
    local side = math.min(cfg.side, data.shape[1])
    local is_inception = cfg.network == "inception"
    local trainer = nj.trainer {
      model = nj.nn.sequential {
        nj.layers.centre_crop { height = side, width = side }, nj.layers.image_whitening {},
        networks[cfg.network](data.classes, side, data.shape[3]),
      },
      loss = nj.losses.cce {},
      optimizer = nj.optim.sgd { momentum = 0.9,
        weight_decay = (cfg.regularizer == "weight_decay" or cfg.regularizer == "both") and 5e-4 or 0 },
      schedule = nj.schedules.exponential { base = is_inception and 0.1 or 0.01, decay = cfg.decay },
      augment = (cfg.regularizer == "crop" or cfg.regularizer == "both") and { crop = 4, flip = true } or nil,
      batch_size = cfg.batch,
      seed = cfg.seed,
    }
    local records = trainer:fit(train, { test = test, epochs = cfg.epochs })
    return { fit_epoch = nj.summaries.epochs_to { column = "j1", level = 99 } (records) }
  end,
}
