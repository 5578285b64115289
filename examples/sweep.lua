-- An experiment over a grid: three losses, three shares of wrong labels, two seeds. Cells run side by side, those
-- that are done are found again, and tables, figures and a report know the axes by themselves.
--
--   nightjar run examples/sweep.lua --quiet
--   nightjar table sweep --rows loss --columns rate --metrics test_accuracy
--   nightjar figure sweep --y test_accuracy --x rate --by loss --title "Digits" -o sweep.svg
local nj = require "nightjar"

return nj.experiment {
  name = "sweep",
  doc = "Test accuracy on digits by loss and share of wrong labels.",
  settings = { epochs = 20, samples = 1000, hidden = { 128 } },
  grid = {
    { "loss", { "cce", "gce", "rll" } },
    { "rate", { 0, 0.3, 0.6 } },
    { "seed", { 1, 2 } },
  },
  show = { "test_accuracy", "j1" },
  run = function(cfg)
    local data = nj.data.load "digits"
    local noise = nj.noise.uniform { rate = cfg.rate }
    nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes },
      loss = nj.losses[cfg.loss] {}, optimizer = nj.optim.adam {}, learning_rate = 0.003, seed = cfg.seed,
    }:fit(data.train:first(cfg.samples):with_labels(noise, { seed = cfg.seed }), {
      test = data.test, epochs = cfg.epochs,
    })
  end,
}
