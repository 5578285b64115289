-- A loss of one's own: cross-entropy that gives a sample up. Above `cap` the value stays what it is, and so the
-- gradient is 0: what the network cannot fit, which wrong labels are, no longer pulls at it.
--
--   nightjar run examples/custom_loss.lua --set rate=0.4
--   nightjar figure custom_loss --y j2 --by loss.name --over loss.parameters.cap -o custom_loss.svg
local nj = require "nightjar"
local cfg = nj.config { rate = 0.4, epochs = 40, seed = 1, samples = 1000, cap = 3 }

local capped = nj.loss {
  name = "capped",
  doc = "Cross-entropy, but never more than the cap.",
  params = { cap = { default = 3, above = 0, doc = "the loss at which a sample is given up" } },
  forward = function(self, logits, labels)
    return (-logits:log_softmax():pick(labels)):minimum(self.cap)
  end,
}

local data = nj.data.load "digits"
local noisy = data.train:first(cfg.samples):with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })

local function accuracy(loss)
  local records = nj.trainer {
    model = nj.models.mlp { inputs = data.features, hidden = { 128 }, classes = data.classes },
    loss = loss, optimizer = nj.optim.adam {}, learning_rate = 0.003, seed = cfg.seed,
  }:fit(noisy, { test = data.test, epochs = cfg.epochs })
  return records[#records].test_accuracy
end

print(string.format("test accuracy %.1f with cross-entropy, %.1f with the cap", accuracy(nj.losses.cce {}),
  accuracy(capped { cap = cfg.cap })))
