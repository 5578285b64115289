-- Trains a small network on digits, 40 percent of whose labels are wrong, and gives the last record. `...` is the
-- number of epochs. nj.host.watch is the program's: it hears of each loss.
local nj = require "nightjar"
local epochs = ...

local data = nj.data.load "digits"
local trainer = nj.trainer {
  model = nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes },
  loss = nj.losses.rll {},
  optimizer = nj.optim.sgd { momentum = 0.9 },
  schedule = nj.schedules.constant { base = 0.1 },
  seed = 1,
}
local noisy = data.train:with_labels(nj.noise.uniform { rate = 0.4 }, { seed = 7 })
local records = trainer:fit(noisy, { test = data.test, epochs = epochs })
local last = records[#records]
return last.j1, last.j2, last.loss
