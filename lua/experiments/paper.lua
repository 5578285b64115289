-- The experiments of Patel and Sastry, "Memorization in Deep Neural Networks: Does the Loss Function Matter?" (PAKDD
-- 2021), set against the curves that they published:
--
--   nightjar run lua/experiments/paper.lua --set figure=mnist --data-dir ...      (or inception, resnet32)
--
-- Their settings: batches of 128; MNIST with ResNet-18, Adam at 1e-3, 200 epochs; CIFAR-10 with Inception-Lite, SGD
-- with momentum 0.9 at 0.01, times 0.95 an epoch, 100 epochs; CIFAR-10 with ResNet-32, SGD at 0.1, a tenth after 100
-- and 150, weight decay 1e-4, 200 epochs. Not published: alpha of rll, how many samples (all 60,000 or the 48,000 of
-- the public code), whether accuracy is that of the batches as they were trained on (running) or evaluated afterwards,
-- the normalisation of inputs. So alpha and samples are axes, and both accuracies are compared. `--epochs` cuts a
-- training short.
--
-- Read: `j1_off_10`, `j2_off_10`, ...: J1 and J2 less the published ones at epochs 1, 2, 5, 10, 25 and 50, in points;
-- `within`, the share of epochs within 3 points of the published J1; `above`, the share with J2 above J1 (100 for rll
-- and nmse at every rate above 0, as published). `square`, `square_running` and `square_j2` are the mean squares of the
-- differences of J1, of the running J1 and of J2: the first table of the report has their means over rates and seeds,
-- where the least one among the alphas, the numbers of samples and the two accuracies is the best fit. The published
-- curves are drawn beside the measured ones. J2 is published for some of the settings only.
local nj = require "nightjar"
local published = require "paper/curves"

local recipes = {
  mnist = { data = "mnist", model = "resnet18", epochs = 200, optimizer = "adam", rate = 1e-3, decay = 0 },
  inception = { data = "cifar10", model = "inception_lite", epochs = 100, optimizer = "sgd", rate = 0.01, decay = 0,
    schedule = function() return nj.schedules.exponential { base = 0.01, decay = 0.95 } end, side = 28 },
  resnet32 = { data = "cifar10", model = "resnet32", epochs = 200, optimizer = "sgd", rate = 0.1, decay = 1e-4,
    schedule = function() return nj.schedules.step { base = 0.1, drops = { 100, 150 } } end },
}

local alphas = { 0.01, 0.1, 0.45 }

local moments = { 1, 2, 5, 10, 25, 50 }

-- The published curves of a cell, or an empty table.
local function curves_of(figure, loss, rate)
  local by_loss = published[figure][loss]
  return by_loss and by_loss[rate] or {}
end

-- Differences of a column to a published curve: the mean square, and the share within 3 points; nil where there are
-- none.
local function compared(records, column, curve)
  local squares, near, count = 0, 0, 0
  for _, record in ipairs(records) do
    local value, expected = record[column], curve and curve[record.epoch]
    if value and value == value and expected then
      squares, count = squares + (value - expected) ^ 2, count + 1
      near = near + (math.abs(value - expected) <= 3 and 1 or 0)
    end
  end
  if count > 0 then
    return squares / count, 100 * near / count
  end
end

-- The losses of a published one: alpha of rll is not known.
local function losses_of(name)
  local list = {}
  for i, alpha in ipairs(name == "rll" and alphas or {}) do
    list[i] = string.format("rll{alpha=%g}", alpha)
  end
  return #list > 0 and list or { name }
end

-- Every published curve as a line beside those of the runs.
local function overlays(column)
  local list = {}
  for figure, by_loss in pairs(published) do
    for name, by_rate in pairs(by_loss) do
      for rate, curves in pairs(by_rate) do
        local points = {}
        for epoch, value in ipairs(curves[column] or {}) do
          points[epoch] = { epoch, value }
        end
        for _, loss in ipairs(#points > 0 and losses_of(name) or {}) do
          list[#list + 1] = { label = "published", points = points,
            cell = { figure = figure, loss = loss, rate = rate } }
        end
      end
    end
  end
  return list
end

return nj.experiment {
  name = "paper",
  doc = "Patel and Sastry 2021 on MNIST and CIFAR-10, against their published curves.",
  settings = { batch = 128, epochs = 0, data = "", model = "" },
  grid = {
    { "figure", { "mnist" } },
    { "loss", { "cce", "mse", { "rll", alpha = alphas[1] }, { "rll", alpha = alphas[2] }, { "rll", alpha = alphas[3] },
      "nmse" } },
    { "rate", { 0, 0.2, 0.4, 0.6 } },
    { "samples", { 60000, 48000 } },
    { "seed", { 1 } },
  },
  baseline = { loss = "cce" },
  report = {
    "J1 and J2 beside the published curves.",
    nj.figure { y = { "j1" }, by = "rate", facet = { "figure", "loss" }, overlay = overlays("j1") },
    nj.figure { y = { "j2" }, by = "rate", facet = { "figure", "loss" }, overlay = overlays("j2") },
    "Mean squares of the differences over epochs, rates and seeds: the least ones fit best.",
    nj.table { rows = { "loss", "samples" }, columns = {}, over = { "rate", "seed" }, stats = { "mean" },
      metrics = { "square", "square_running", "square_j2" } },
    "Each setting.",
    nj.table { rows = { "loss", "rate", "samples" }, columns = {} },
  },
  quick = { data = "digits", model = "mlp", epochs = 3, loss = { "cce", { "rll", alpha = 0.1 } }, rate = { 0.4 },
    samples = { 600 } },
  run = function(cfg)
    local recipe = recipes[cfg.figure]
    if recipe == nil then
      error("figure is mnist, inception or resnet32, got '" .. cfg.figure .. "'")
    end
    local data = nj.data.load(cfg.data ~= "" and cfg.data or recipe.data)
    local noisy = data.train:first(cfg.samples):with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
    local name = cfg.model ~= "" and cfg.model or recipe.model
    local model = name == "mlp" and nj.models.mlp { inputs = data.features, classes = data.classes }
      or nj.models[name] { channels = data.shape[3], classes = data.classes }
    if recipe.side and name ~= "mlp" then
      model = nj.nn.sequential { nj.layers.centre_crop { height = recipe.side, width = recipe.side },
        nj.layers.image_whitening {}, model }
    end
    local loss = nj.losses[cfg.loss] {}
    local trainer = nj.trainer {
      model = model, loss = loss,
      optimizer = recipe.optimizer == "adam" and nj.optim.adam {}
        or nj.optim.sgd { momentum = 0.9, weight_decay = recipe.decay },
      schedule = recipe.schedule and recipe.schedule() or nj.schedules.constant { base = recipe.rate },
      batch_size = cfg.batch, seed = cfg.seed,
    }
    local epochs = cfg.epochs > 0 and cfg.epochs or recipe.epochs
    local records = trainer:fit(noisy, { test = data.test, epochs = epochs })

    local curves = curves_of(cfg.figure, loss.definition.name, cfg.rate)
    local result = {}
    for _, epoch in ipairs(moments) do
      for _, column in ipairs { "j1", "j2" } do
        local record, curve = records[epoch], curves[column]
        if record and record[column] and curve then
          result[column .. "_off_" .. epoch] = record[column] - curve[epoch]
        end
      end
    end
    result.square, result.within = compared(records, "j1", curves.j1)
    result.square_running = compared(records, "j1_running", curves.j1)
    result.square_j2 = compared(records, "j2", curves.j2) or 0 / 0
    local above = 0
    for _, record in ipairs(records) do
      above = above + (record.j2 > record.j1 and 1 or 0)
    end
    result.above = 100 * above / #records
    return result
  end,
}
