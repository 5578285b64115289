-- Theorem 1 of Patel and Sastry (2021), measured. For a symmetric loss, sum_j L(f(x), j) = C, and symmetric noise of
-- rate r over K classes
--
--     R_r = C r / (K - 1) + (1 - r K / (K - 1)) R,
--
-- R the risk against true labels and R_r against noisy ones, whatever the network. Both sides are means over samples,
-- so their difference has a standard error.
--
-- Read, for the network at the end of a training on noisy labels:
-- `gap_fresh`, `error_fresh` and `z_fresh`: the left side less the right one on noise that the network has not seen,
--   drawn anew, its standard error, and the one over the other. For a symmetric loss it is chance: z is that of
--   Student's distribution with one degree of freedom less than there are draws.
-- `gap_seen`, `error_seen` and `z_seen`: on the labels that it was trained on. Training made the left side small for
--   these very labels, so the identity fails by what was memorized, for every loss: the theorem is about expectations.
-- `constant_low` and `constant_high`: the least and largest sum over the labels, C where the loss is symmetric. C of
--   the identity is the sum at equal probabilities.
--
-- The paper's definition of resistance is J2 at a rate = J1 at the rate 0, where J1 and J2 are the same. Differences
-- are taken to the rate 0 of the same loss and seed, with their 95 % t-interval: nightjar table theorem --metrics j2
-- --against rate=0, or the report.
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/theorem.lua --quick
--   nightjar figure theorem --y gap_fresh --x rate --by loss -o theorem.svg
local nj = require "nightjar"

-- The losses of each sample for each label, (samples, classes), in float64.
local function all_losses(loss, logits)
  local count, classes = logits:size(1), logits:size(2)
  local columns = {}
  for class = 1, classes do
    columns[class] = loss(logits, nj.full({ count }, class, { dtype = "int32" })):double()
  end
  return nj.stack(columns, 2)
end

-- The mean difference of both sides, and its standard error.
local function gap(losses, truth, noisy, rate, constant)
  local count, classes = losses:size(1), losses:size(2)
  local right = constant * rate / (classes - 1) + (1 - rate * classes / (classes - 1)) * losses:pick(truth)
  local difference = losses:pick(noisy) - right
  return difference:mean():item(), difference:std():item() / math.sqrt(count)
end

return nj.experiment {
  name = "theorem",
  doc = "The identity of Theorem 1 on real trainings, with its standard error, for losses that are symmetric or not.",
  settings = { data = "digits", hidden = { 256, 256 }, epochs = 60, batch = 128, learning_rate = 0.1, momentum = 0.9,
    draws = 20 },
  grid = {
    { "loss", { "cce", "mse", "gce", "unhinged", "rll", "nmse" } },
    { "rate", { 0, 0.2, 0.4, 0.6 } },
    { "seed", { 1, 2, 3 } },
  },
  baseline = { rate = 0 },
  show = { "j1", "j2", "gap_fresh", "error_fresh", "z_fresh", "gap_seen", "error_seen", "z_seen", "constant_low",
    "constant_high" },
  quick = { epochs = 8, hidden = { 64 }, loss = { "cce", "rll" }, rate = { 0, 0.4 }, seed = { 1 }, draws = 5 },
  run = function(cfg)
    local data = nj.data.load(cfg.data)
    local noise = nj.noise.uniform { rate = cfg.rate }
    local noisy = data.train:with_labels(noise, { seed = cfg.seed })
    local model = nj.models.mlp { inputs = data.features, hidden = cfg.hidden, classes = data.classes }
    local loss = nj.losses[cfg.loss] {}
    nj.trainer {
      model = model, loss = loss, optimizer = nj.optim.sgd { momentum = cfg.momentum },
      learning_rate = cfg.learning_rate, batch_size = cfg.batch, seed = cfg.seed,
    }:fit(noisy, { test = data.test, epochs = cfg.epochs })

    local truth = data.train:true_labels()
    local losses = all_losses(loss, model:predict(data.train):double()):copy()
    local sums = losses:sum(-1)
    local even = all_losses(loss, nj.zeros({ 1, data.classes }, { dtype = "float64" })):sum():item()
    local seen, seen_error = gap(losses, truth, noisy:labels(), cfg.rate, even)
    -- Several draws of noise on the same samples: their mean, and the error of one draw over the root of their number,
    -- which leaves out that the samples are the same; the identity is about this data set.
    local fresh, fresh_error = 0, 0
    for draw = 1, cfg.draws do
      local labels = noise:apply(truth, { classes = data.classes, seed = 1000 * cfg.seed + draw })
      local mean = gap(losses, truth, labels, cfg.rate, even)
      fresh = fresh + mean / cfg.draws
      fresh_error = fresh_error + mean ^ 2
    end
    fresh_error = math.sqrt(math.max(fresh_error / cfg.draws - fresh ^ 2, 0) / math.max(cfg.draws - 1, 1))
    local function ratio(value, err)
      return err > 0 and value / err or 0
    end
    return {
      gap_fresh = fresh, error_fresh = fresh_error, z_fresh = ratio(fresh, fresh_error),
      gap_seen = seen, error_seen = seen_error, z_seen = ratio(seen, seen_error),
      constant_low = sums:min():item(), constant_high = sums:max():item(),
    }
  end,
}
