local nj = require "nightjar"

-- nightjar run NAME.lua                          all cells
-- nightjar run NAME.lua --set loss=rll --seeds 1   a part of them
-- nightjar table NAME                             what came out
return nj.experiment {
  name = "NAME",
  doc = "One line: how much of the wrong labels is memorized, by loss and noise rate.",
  -- What is compared. Statistics run over seeds; every other axis is a column.
  grid = {
    { "loss", { "cce", "rll" } },
    { "rate", { 0, 0.4 } },
    { "seed", { 1, 2, 3 } },
  },
  -- What can be set from outside with --set, and stays the same in all cells.
  settings = { epochs = 5, hidden = { 64 } },
  run = function(cfg)
    local data = nj.data.load "digits"
    local trainer = nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes },
      loss = nj.losses[cfg.loss] {},
      optimizer = nj.optim.sgd { momentum = 0.9 },
      schedule = nj.schedules.constant { base = 0.1 },
    }
    trainer:fit(data.train:with_labels(nj.noise.uniform { rate = cfg.rate }), { test = data.test, epochs = cfg.epochs })
  end,
}
