-- A schedule of one's own: the rate goes up and down in triangles (Smith 2017, "Cyclical learning rates for
-- training neural networks"), each half as high as the one before.
--
--   nightjar run examples/schedule.lua --set peak=0.2
local nj = require "nightjar"
local cfg = nj.config { peak = 0.2, epochs = 12, seed = 1, samples = 1000 }

local triangles = nj.schedule {
  name = "triangles",
  doc = "From floor to peak and back within so many epochs, each time half as high (Smith 2017, triangular2).",
  params = {
    peak = { default = 0.1, above = 0, doc = "the highest rate of the first triangle" },
    floor = { default = 0.001, min = 0, doc = "the lowest rate" },
    period = { default = 4, type = "integer", min = 1, doc = "epochs of a triangle" },
  },
  -- step counts from 1 through the whole training: the rate changes within epochs as well.
  value = function(self, _, step, run)
    local position = (step - 1) / (self.period * run.steps_per_epoch)
    local turn, share = position // 1, position % 1
    local height = 1 - math.abs(2 * share - 1)
    return self.floor + (self.peak - self.floor) * height * 0.5 ^ turn
  end,
}

local data = nj.data.load "digits"
local schedule = triangles { peak = cfg.peak }
local per_epoch = math.ceil(cfg.samples / 128)
for _, epoch in ipairs { 1, 2, 3, 4, 5 } do
  local rate = schedule(epoch, (epoch - 1) * per_epoch + 1, { epochs = cfg.epochs, steps_per_epoch = per_epoch })
  print(string.format("epoch %d begins at rate %.4f", epoch, rate))
end

local function accuracy(rates)
  local records = nj.trainer {
    model = nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes },
    loss = nj.losses.cce {}, optimizer = nj.optim.sgd { momentum = 0.9 }, schedule = rates, batch_size = 128,
    seed = cfg.seed,
  }:fit(data.train:first(cfg.samples), { test = data.test, epochs = cfg.epochs })
  return records[#records].test_accuracy
end

print(string.format("test accuracy %.1f with triangles, %.1f at a constant rate", accuracy(schedule),
  accuracy(nj.schedules.constant { base = cfg.peak / 4 })))
