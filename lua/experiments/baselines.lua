-- What else is done about wrong labels, beside losses that resist them: cross-entropy with a remedy, on the same noise,
-- the same network and the same number of steps.
--
--   cce             nothing
--   early_stopping  the epoch that is best on a validation part with noisy labels (no true label is used)
--   clipping        gradients of at most a norm (Menon et al. 2020 show what that does and does not do)
--   mixup           means of samples and labels (Zhang et al. 2018)
--   gce, sce        losses between cross-entropy and mae (Zhang and Sabuncu 2018, Wang et al. 2019)
--   elr             predictions are held to what was predicted early (Liu et al. 2020)
--   co_teaching     two networks, each learns from what the other finds easy (Han et al. 2018). It is told the rate
--   dividemix_like  a mixture of two Gaussians over the losses tells right from wrong labels, and labels that are taken
--                   for wrong make way for predictions (Li et al. 2020). Without its second network, its mixup and its
--                   several views: the split and the refinement alone
--
-- Read: `j2` and `memorized` at the end, `test_accuracy` against true labels. `stopped` is the epoch that counts under
-- early stopping, for which `stopped_test` and `stopped_j2` stand; elsewhere they are those at the end.
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/baselines.lua --quick
--   nightjar figure baselines --y j2 --by method --facet rate -o baselines.svg
local nj = require "nightjar"

-- The posterior of the component of smaller losses of two Gaussians, by some steps of EM over the losses of all.
local function right_labels(losses, steps)
  local low = losses:min()
  local x = (losses - low) / (losses:max() - low + 1e-8)
  local means, variances, weights = { 0, 1 }, { 0.1, 0.1 }, { 0.5, 0.5 }
  local function share()
    local function weighted(k)
      return weights[k] * (-(x - means[k]):square() / (2 * variances[k])):exp() / (variances[k] ^ 0.5) + 1e-12
    end
    local right, wrong = weighted(1), weighted(2)
    return right / (right + wrong)
  end
  for _ = 1, steps do
    local right = share()
    for k, part in ipairs { right, 1 - right } do
      local mass = part:sum() + 1e-6
      means[k] = (part * x):sum() / mass
      variances[k] = (part * (x - means[k]):square()):sum() / mass + 5e-4
      weights[k] = mass / x:numel()
    end
  end
  return share()
end

local dividemix_like = nj.loss {
  name = "dividemix_like",
  doc = "Cross-entropy to labels that a mixture over the losses weighs against sharpened predictions (after Li 2020).",
  params = {
    warmup = { default = 5, type = "integer", min = 1, doc = "epochs with cross-entropy alone" },
    temperature = { default = 0.5, above = 0, max = 1, doc = "of the predictions: below 1 surer" },
    steps = { default = 5, type = "integer", min = 1, doc = "of EM, anew at each step of the training" },
  },
  state = { losses = { "samples" } },
  detaches = "the losses, the mixture and the refined labels",
  forward = function(self, logits, labels, batch)
    local log_p = logits:log_softmax()
    local values = -log_p:pick(labels)
    if not batch.training then
      return values
    end
    local known = self.losses:index(1, batch.indices)
    self.losses = self.losses:scatter_add(1, batch.indices, values:detach() - known)
    if batch.epoch <= self.warmup then
      return values
    end
    local right = right_labels(self.losses, self.steps):index(1, batch.indices):unsqueeze(-1)
    local guess = (log_p:detach() / self.temperature):softmax(-1)
    local target = right * labels:one_hot(logits:size(2), { dtype = logits:dtype() }) + (1 - right) * guess
    return -(target:detach() * log_p):sum(-1)
  end,
}

-- What a method changes in the trainer's fields.
local methods = {
  cce = function() return {} end,
  clipping = function(cfg) return { clip = { norm = cfg.clip } } end,
  mixup = function() return { augment = { nj.augmentations.mixup { alpha = 1 } } } end,
  gce = function() return { loss = nj.losses.gce {} } end,
  sce = function() return { loss = nj.losses.sce {} } end,
  elr = function() return { loss = nj.losses.elr {} } end,
  co_teaching = function(cfg, network)
    local loss = nj.losses.co_teaching { forget = cfg.rate, warm_up = cfg.warmup }
    return { model = { network(), network() }, loss = loss }
  end,
  dividemix_like = function(cfg) return { loss = dividemix_like { warmup = cfg.warmup } } end,
}
methods.early_stopping = methods.cce

-- The last tenth as a validation part, its labels as noisy as the others.
local function split(set)
  local count = #set
  local kept = count - count // 10
  local rest = nj.arange(kept + 1, count + 1, { dtype = "int32" })
  local inputs = set:inputs():index(1, rest):copy()
  return set:first(kept), nj.data.from_tensors { inputs = inputs, labels = set:labels():index(1, rest):copy(),
    classes = set:classes(), class_names = set:class_names() }
end

return nj.experiment {
  name = "baselines",
  doc = "Co-teaching, mixup, ELR, GCE, SCE, a part of DivideMix, early stopping and clipping on the same noise.",
  settings = { data = "digits", hidden = { 256, 256 }, epochs = 60, batch = 128, learning_rate = 0.1, momentum = 0.9,
    clip = 0.5, warmup = 5 },
  grid = {
    { "rate", { 0.2, 0.4 } },
    { "method", { "cce", "early_stopping", "clipping", "mixup", "gce", "sce", "elr", "co_teaching",
      "dividemix_like" } },
    { "seed", { 1, 2, 3 } },
  },
  baseline = { method = "cce" },
  show = { "j1", "j2", "memorized", "test_accuracy", "stopped", "stopped_j2", "stopped_test" },
  figures = { { y = { "j2" }, by = "method", facet = { "rate" } } },
  quick = { epochs = 8, hidden = { 64 }, rate = { 0.4 }, seed = { 1 }, warmup = 3 },
  run = function(cfg)
    local data = nj.data.load(cfg.data)
    local noisy = data.train:with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
    local train, validation = split(noisy)
    local function network()
      return nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes }
    end
    local fields = methods[cfg.method](cfg, network)
    fields.model = fields.model or network()
    fields.loss = fields.loss or nj.losses.cce {}
    fields.optimizer, fields.learning_rate = nj.optim.sgd { momentum = cfg.momentum }, cfg.learning_rate
    fields.batch_size, fields.seed = cfg.batch, cfg.seed
    local records = nj.trainer(fields):fit(train, { test = data.test, validation = validation, epochs = cfg.epochs })
    local chosen = records[cfg.method == "early_stopping" and 1 or #records]
    for _, record in ipairs(cfg.method == "early_stopping" and records or {}) do
      chosen = record.validation_accuracy > chosen.validation_accuracy and record or chosen
    end
    return { stopped = chosen.epoch, stopped_test = chosen.test_accuracy, stopped_j2 = chosen.j2 }
  end,
}
