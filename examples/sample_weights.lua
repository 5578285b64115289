-- A loss that remembers each sample: its running mean decides how much the sample counts, so that samples that stay
-- hard (which wrong labels do) count less and less.
--
--   nightjar run examples/sample_weights.lua --set rate=0.4 --set epochs=20
local nj = require "nightjar"
local cfg = nj.config { rate = 0.4, epochs = 10, seed = 1, samples = 1000 }

local remembering = nj.loss {
  name = "remembering",
  doc = "Cross-entropy by weights exp(-m / scale), m the running mean of the sample's own loss.",
  params = {
    keep = { default = 0.8, min = 0, below = 1, doc = "share of the old in the running mean" },
    scale = { default = 1, above = 0, doc = "the loss at which a sample counts for 1/e" },
  },
  state = { means = { "samples" } },
  detaches = "the weights",
  soft = true,
  forward = function(self, logits, labels, batch)
    local values = -logits:log_softmax():pick(labels)
    local means = self.means:index(1, batch.indices)
    if batch.training then
      local moved = self.keep * means + (1 - self.keep) * values:detach()
      self.means = self.means:scatter_add(1, batch.indices, moved - means)
      means = moved
    end
    return values * (-means / self.scale):exp()
  end,
}

local data = nj.data.load "digits"
local noisy = data.train:first(cfg.samples):with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
local loss = remembering {}
local records = nj.trainer {
  model = nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes },
  loss = loss, optimizer = nj.optim.adam {}, learning_rate = 0.003, seed = cfg.seed,
}:fit(noisy, { test = data.test, epochs = cfg.epochs })

-- What the loss remembers tells right labels from wrong ones.
local wrong = noisy:labels():ne(noisy:true_labels())
local means = loss.means
print(string.format("test accuracy %.1f; mean loss remembered: %.2f of right labels, %.2f of wrong ones",
  records[#records].test_accuracy, means:masked_select(wrong:logical_not()):mean():item(),
  means:masked_select(wrong):mean():item()))
