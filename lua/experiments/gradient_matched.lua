-- Are symmetric losses robust, or only slower? Their gradients are smaller than those of cross-entropy (at equal
-- probabilities of ten classes 1.8 times for rll with alpha 0.1, 45 times for nmse), so that with one learning rate
-- they have learnt less when training ends. Controls take that away:
--
--   plain      one learning rate for all losses
--   rate       the learning rate times what makes the first step as long as that of cross-entropy: the ratio of the
--              gradients with respect to the logits where all classes are equally probable
--   gradient   the gradient of every step scaled to one norm
--   update     the step of every tensor of weights, with momentum, scaled to one root mean square
--
-- The learning rate falls to nothing along a cosine under each, as steps of one length would not settle otherwise.
--
-- Read: `j2` and `memorized` under `plain` beside those under the controls. What a loss resists under `gradient` and
-- `update` as well, it does not resist by being slow.
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/gradient_matched.lua --quick
--   nightjar figure gradient_matched --y memorized --by loss --facet control -o gradient_matched.svg
local nj = require "nightjar"

-- Scales all gradients together to one common norm.
local fixed_norm = nj.clip {
  name = "fixed_norm",
  doc = "Scales all gradients together so that their common Euclidean norm is this one.",
  params = { length = { above = 0, type = "number", doc = "the norm of every step's gradient" } },
  measure = function(_, g)
    return g:double():square():sum()
  end,
  factor = function(self, total)
    return self.length / (total:sqrt() + 1e-12)
  end,
  apply = function(_, g, factor)
    return g * factor
  end,
}

-- Momentum, with every step of every tensor as long as its number of entries says.
local fixed_step = nj.optimizer {
  name = "fixed_step",
  doc = "SGD with momentum, the step of each tensor scaled to one root mean square.",
  params = {
    momentum = { default = 0.9, min = 0, below = 1, doc = "share of the velocity that stays" },
    size = { default = 0.01, above = 0, doc = "root mean square of a step over the learning rate" },
  },
  state = { velocity = "zeros" },
  update = function(self, w, g, s, lr)
    s.velocity = self.momentum * s.velocity + g
    return w - lr * self.size * s.velocity / (s.velocity:square():mean():sqrt() + 1e-20)
  end,
}

-- The norm of a loss's gradient with respect to logits that are all 0.
local function slope(loss, classes)
  local label = nj.tensor({ 1 }, { dtype = "int32" })
  local gradient = nj.grad(function(logits)
    return loss(logits, label):sum()
  end, nj.zeros({ 1, classes }, { dtype = "float64" }))
  return gradient:square():sum():sqrt():item()
end

return nj.experiment {
  name = "gradient_matched",
  doc = "Symmetric losses against cross-entropy with matched learning rates, gradient norms and update norms.",
  settings = { data = "digits", hidden = { 256, 256 }, epochs = 60, batch = 128, learning_rate = 0.1, momentum = 0.9,
    rate = 0.4, length = 0.5, size = 0.02 },
  grid = {
    { "control", { "plain", "rate", "gradient", "update" } },
    { "loss", { "cce", "mse", { "rll", alpha = 0.01 }, { "rll", alpha = 0.1 }, { "rll", alpha = 0.45 }, "nmse" } },
    { "seed", { 1, 2, 3 } },
  },
  baseline = { loss = "cce" },
  show = { "j1", "j2", "memorized", "test_accuracy", "slope_ratio" },
  figures = { { y = { "memorized" }, by = "loss", facet = { "control" } }, { y = { "j2" }, by = "loss",
    facet = { "control" } } },
  quick = { epochs = 5, hidden = { 64 }, loss = { "cce", "nmse" }, seed = { 1 } },
  run = function(cfg)
    local data = nj.data.load(cfg.data)
    local noisy = data.train:with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
    local loss = nj.losses[cfg.loss] {}
    local ratio = slope(nj.losses.cce {}, data.classes) / slope(loss, data.classes)
    local base = cfg.control == "rate" and cfg.learning_rate * ratio or cfg.learning_rate
    nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes },
      loss = loss,
      optimizer = cfg.control == "update" and fixed_step { momentum = cfg.momentum, size = cfg.size }
        or nj.optim.sgd { momentum = cfg.momentum },
      clip = cfg.control == "gradient" and fixed_norm { length = cfg.length } or nil,
      schedule = nj.schedules.cosine { base = base, epochs = cfg.epochs },
      batch_size = cfg.batch, seed = cfg.seed, gradient_norm = true,
    }:fit(noisy, { test = data.test, epochs = cfg.epochs })
    return { slope_ratio = ratio }
  end,
}
