-- Which score finds the wrong labels, and does the loss that is trained with matter? Every score ranks the training
-- samples by how suspicious their label is; wrong labels are known here, so that the ranking has an area under the
-- receiver's curve (AUROC), an average precision, and a precision among as many as there are wrong ones.
--
-- Scores of one epoch are in sample, and a network that has memorized says nothing any more: read them at early epochs
-- (auroc_loss@5) as well as at the end. Scores over all epochs (AUM, forgetting, ...) are worked out of the run's
-- ledger afterwards:
--
--   for _, run in ipairs(nj.runs { runs = "label_errors" }) do
--     for name, make in pairs(nj.scores) do print(run.name, name, nj.detections.auroc {} (make {}, run)) end
--   end
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/label_errors.lua --quick
--   nightjar figure label_errors --y auroc_margin --by loss -o label_errors.svg
local nj = require "nightjar"

-- A metric for each score, with a column of its own.
local function metrics()
  local list = { "el2n" }
  for _, score in ipairs { "loss", "confidence", "margin", "normalized_margin", "weighted_entropy" } do
    list[#list + 1] = nj.metrics.auroc { as = "auroc_" .. score, score = score }
  end
  list[#list + 1] = nj.metrics.average_precision { as = "ap_margin", score = "margin" }
  list[#list + 1] = nj.metrics.precision_at_wrong { as = "precision_margin", score = "margin" }
  return list
end

return nj.experiment {
  name = "label_errors",
  doc = "Which score finds wrong labels, by the loss that is trained with and by the kind of noise.",
  settings = { data = "digits", hidden = { 256, 256 }, epochs = 40, batch = 128, learning_rate = 0.1, momentum = 0.9 },
  grid = {
    { "noise", { { "uniform", rate = 0.2 }, { "instance", rate = 0.2 }, { "asym_mnist", rate = 0.4 } } },
    { "loss", { "cce", "gce", "rll", "nmse" } },
    { "seed", { 1, 2, 3 } },
  },
  baseline = { loss = "cce" },
  show = { "j2", "best(auroc_margin)", "auroc_loss", "auroc_margin", "auroc_normalized_margin", "ap_margin",
    "precision_margin" },
  quick = { epochs = 6, hidden = { 64 }, loss = { "cce", "rll" }, seed = { 1 }, noise = { { "uniform", rate = 0.2 } } },
  run = function(cfg)
    local data = nj.data.load(cfg.data)
    local noisy = data.train:with_labels(nj.noise[cfg.noise] {}, { seed = cfg.seed })
    nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes },
      loss = nj.losses[cfg.loss] {},
      optimizer = nj.optim.sgd { momentum = cfg.momentum },
      learning_rate = cfg.learning_rate,
      batch_size = cfg.batch,
      seed = cfg.seed,
      metrics = metrics(),
      ledger = true,
    }:fit(noisy, { test = data.test, epochs = cfg.epochs })
  end,
}
