-- Which samples are memorized, and which loss memorizes them? Feldman and Zhang, "What neural networks memorize and
-- why" (NeurIPS 2020): mem(i) = P[h(x_i) = t_i | i in S] - P[h(x_i) = t_i | i not in S] over models of random parts S
-- of the training set, t_i the given label; and over several sizes of S the consistency score of Jiang et al. (2021),
-- the second of these.
--
-- Each cell is one model. It keeps which samples it had and which it gets right, in `out`/LOSS-SHARE/NUMBER.npz; what
-- all of them say, with standard errors, is worked out afterwards, of each loss and share:
--
--   nightjar influence feldman_zhang/cce-0.7/*.npz --out cce.npz
--
-- Read, as means over models: `memorized_wrong`, the share of wrong labels in S that the model predicts, less that of
-- those outside of S (the mean memorization of wrong labels); `memorized_right` likewise; `consistency`, the accuracy
-- on given labels outside of S.
--
-- The released code trains 2,000 models on 0.7 of the samples; standard errors fall with the root of their number.
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/feldman_zhang.lua --quick
--   nightjar figure feldman_zhang --y memorized_wrong,memorized_right --x share --by loss -o feldman_zhang.svg
local nj = require "nightjar"

local function numbers(count)
  local list = {}
  for i = 1, count do
    list[i] = i
  end
  return list
end

-- Percent of the samples chosen by a mask that are right; nil where there are none.
local function share(right, chosen)
  local count = chosen:sum():item()
  return count > 0 and 100 * (right * chosen):sum():item() / count or nil
end

return nj.experiment {
  name = "feldman_zhang",
  doc = "Memorization and influence of each sample, by loss and size of the parts that models are trained on.",
  settings = { data = "digits", hidden = { 128 }, epochs = 20, batch = 64, learning_rate = 0.1, momentum = 0.9,
    rate = 0.2, noise_seed = 1, out = "feldman_zhang" },
  grid = {
    { "loss", { "cce", "gce", "rll", "nmse" } },
    { "share", { 0.7 } },
    { "model", numbers(500) },
  },
  replicates = { "model" },
  baseline = { loss = "cce" },
  show = { "j1", "memorized_wrong", "memorized_right", "consistency", "test_accuracy" },
  figures = { { y = { "memorized_wrong", "consistency" }, x = "share", by = "loss", band = "sd" } },
  quick = { epochs = 4, hidden = { 32 }, loss = { "cce", "rll" }, share = { 0.5 }, model = numbers(12) },
  run = function(cfg)
    local data = nj.data.load(cfg.data)
    local train = data.train:with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.noise_seed })
    local parts = nj.estimators.subsampling { share = cfg.share, seed = cfg.noise_seed }
    local members = parts:members(#train, cfg.model)
    local model = nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes }
    local part = nj.data.from_tensors { inputs = train:inputs():index(1, members):copy(), classes = data.classes,
      labels = train:true_labels():index(1, members):copy(), class_names = data.class_names }
    nj.trainer {
      model = model, loss = nj.losses[cfg.loss] {}, optimizer = nj.optim.sgd { momentum = cfg.momentum },
      learning_rate = cfg.learning_rate, batch_size = cfg.batch, seed = cfg.model, ledger = false,
      evaluation_interval = cfg.epochs,
    }:fit(part:with_labels(train:labels():index(1, members):copy()), { test = data.test, epochs = cfg.epochs })

    local kept = parts:witness(model, train, members, data.test)
    nj.save(string.format("%s/%s-%g/%d.npz", cfg.out, cfg.loss, cfg.share, cfg.model), kept, { compress = true })
    local inside, right = kept.members:double(), kept.right:double()
    local wrong = train:labels():ne(train:true_labels()):double()
    local function difference(chosen)
      local within, without = share(right, inside * chosen), share(right, (1 - inside) * chosen)
      return within and without and within - without
    end
    return {
      memorized_wrong = difference(wrong), memorized_right = difference(1 - wrong),
      consistency = share(right, 1 - inside),
    }
  end,
}
