-- A model of noise of one's own: digits are taken for those that look like them, and never for others. The matrix
-- lets `nightjar check` compare what is drawn with what was meant, and lets a loss correct for it (Patrini et al.
-- 2017).
--
--   nightjar run examples/noise_model.lua --set rate=0.4
local nj = require "nightjar"
local cfg = nj.config { rate = 0.4, epochs = 20, seed = 1, samples = 1000 }

local look_alikes = { [1] = 7, [7] = 1, [3] = 8, [8] = 3, [4] = 9, [9] = 4 }

local alike = nj.noise {
  name = "alike",
  doc = "With a chance of `rate`, 1 and 7, 3 and 8, 4 and 9 are taken for each other.",
  params = { rate = { default = 0.2, min = 0, max = 1, doc = "share of those digits that change" } },
  apply = function(self, labels, ctx)
    return nj.noise.draw(labels, self:matrix(ctx.classes), ctx)
  end,
  -- Row: the true class; column: the one given. Class 1 is the digit 0.
  matrix = function(self, classes)
    local rows = nj.eye(classes):totable()
    for digit, other in pairs(look_alikes) do
      rows[digit + 1][digit + 1], rows[digit + 1][other + 1] = 1 - self.rate, self.rate
    end
    return rows
  end,
}

local data = nj.data.load "digits"
local noise = alike { rate = cfg.rate }
local noisy = data.train:first(cfg.samples):with_labels(noise, { seed = cfg.seed })
print(string.format("%.1f %% of the labels are wrong", 100 * noisy:noise_rate()))

local function accuracy(loss)
  local records = nj.trainer {
    model = nj.models.mlp { inputs = data.features, hidden = { 128 }, classes = data.classes },
    loss = loss, optimizer = nj.optim.adam {}, learning_rate = 0.003, seed = cfg.seed,
  }:fit(noisy, { test = data.test, epochs = cfg.epochs })
  return records[#records].test_accuracy
end

print(string.format("test accuracy %.1f with cross-entropy, %.1f corrected by the matrix", accuracy(nj.losses.cce {}),
  accuracy(nj.losses.forward { matrix = noise })))
