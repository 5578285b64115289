-- A metric of one's own that has a value for each class: which digits suffer where their labels are wrong.
-- `returns` says that it is by class, and tables, figures and reports show it so.
--
--   nightjar run examples/metric_by_class.lua --set rate=0.4
local nj = require "nightjar"
local cfg = nj.config { rate = 0.4, epochs = 10, seed = 1, samples = 1000 }

local recall = nj.metric {
  name = "recall",
  doc = "share of the test samples of a class that are found",
  title = "recall", unit = "%", direction = "higher", range = { 0, 100 },
  returns = "class",
  compute = function(_, evaluation)
    local labels, classes = evaluation.test.labels, evaluation.classes
    local found = nj.where(evaluation.test.predictions:eq(labels), labels, classes + 1):int()
    local hits = found:bincount(classes + 1):narrow(1, 1, classes)
    return 100 * hits:float() / labels:bincount(classes):maximum(1):float()
  end,
}

local data = nj.data.load "digits"
local noisy = data.train:first(cfg.samples):with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
local records = nj.trainer {
  model = nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes },
  loss = nj.losses.cce {}, optimizer = nj.optim.adam {}, learning_rate = 0.003, seed = cfg.seed,
  metrics = { "j1", "j2", "test_accuracy", recall {} },
}:fit(noisy, { test = data.test, epochs = cfg.epochs })

local last = records[#records]
for _, name in ipairs(data.class_names) do
  print(string.format("recall of %s: %.1f", name, last["recall[" .. name .. "]"]))
end
print(string.format("their mean: %.1f, test accuracy %.1f", last.recall, last.test_accuracy))
