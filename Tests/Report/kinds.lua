-- Metrics of every kind, so that a report has a table by class, heat maps and histograms.
local nj = require "nightjar"

local recall = nj.metric {
  name = "recall", title = "Recall", unit = "%", direction = "higher", range = { 0, 100 }, decimals = 1,
  returns = "class", doc = "share of the samples of a class that are predicted as it, by given labels",
  compute = function(_, e)
    local of = e.labels:one_hot(e.classes, { dtype = "float64" })
    return 100 * (e.predictions:eq(e.labels):double():unsqueeze(2) * of):sum(1) / of:sum(1)
  end,
}
local confusion = nj.metric {
  name = "confusion", title = "Confusion", returns = "matrix", decimals = 1,
  doc = "test samples by true class (rows) and prediction (columns)",
  compute = function(_, e)
    local function one_hot(labels) return labels:one_hot(e.classes, { dtype = "float64" }) end
    return one_hot(e.test.labels):transpose(1, 2):matmul(one_hot(e.test.predictions))
  end,
}
local certainty = nj.metric {
  name = "certainty", title = "Certainty", range = { 0, 1 }, returns = "sample",
  doc = "probability of the class that is predicted", direction = "none",
  compute = function(_, e) return e.probabilities:max(-1) end,
}

return nj.experiment {
  name = "kinds",
  doc = "Metrics by class, by sample and as matrices.",
  show = { "j2", "recall", "certainty", "best(recall)", "j2@2", "confusion[3,5]" },
  settings = { epochs = 8 },
  grid = { { "loss", { "cce", "rll" } }, { "rate", { 0, 0.4 } }, { "seed", { 1, 2 } } },
  run = function(cfg)
    local data = nj.data.load "digits"
    local train = data.train:first(600):with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
    nj.trainer {
      model = nj.models.mlp { inputs = 64, hidden = { 128 } }, loss = nj.losses[cfg.loss] {},
      optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = 0.1, seed = cfg.seed,
      metrics = { recall {}, confusion {}, certainty {} },
    }:fit(train, { epochs = cfg.epochs, test = data.test })
  end,
}
