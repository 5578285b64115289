-- The experiments of Patel and Sastry, "Memorization in Deep Neural Networks: Does the Loss Function Matter?" (PAKDD
-- 2021), set against the curves that they published:
--
--   nightjar run lua/experiments/paper.lua --set figure=mnist --data-dir ...      (or inception, resnet32)
--
-- Settings are theirs, in paper/figures.lua. Not published: alpha of rll, how many samples (all, or the 80 % of the
-- public code), whether accuracy is that of the batches as they were trained on (running) or evaluated afterwards, the
-- normalisation of inputs. So alpha and the share of samples are axes, and both accuracies are compared. `--epochs`
-- cuts a training short, `--set samples=1000` takes fewer samples.
--
-- Read: `j1_off_10`, `j2_off_10`, ...: J1 and J2 less the published ones at epochs 1, 2, 5, 10, 25 and 50, in points;
-- `within`, the share of epochs within 3 points of the published J1; `above`, the share with J2 above J1 (100 for rll
-- and nmse at every rate above 0, as published). `square`, `square_running` and `square_j2` are the mean squares of the
-- differences of J1, of the running J1 and of J2. The published curves are drawn beside the measured ones; J2 is
-- published for some of the settings only. `make paper` says of all runs that there are which claims hold and what fits
-- best, in docs/paper.md.
--
-- Its picture in the gallery:
--
--   nightjar run lua/experiments/paper.lua --quick
--   nightjar figure paper --y j1,j2 --by loss -o paper.svg
local nj = require "nightjar"
local compare = require "paper/compare"
local figures = compare.figures

-- The mean square of the differences and the share within 3 points; nil where nothing is published.
local function compared(records, column, expected)
  local sum, count, near = compare.differences(compare.curve(records, column), expected)
  if count > 0 then
    return sum / count, 100 * near / count
  end
end

return nj.experiment {
  name = "paper",
  doc = "Patel and Sastry 2021 on MNIST and CIFAR-10, against their published curves.",
  settings = { batch = 128, epochs = 0, samples = 0, data = "", model = "" },
  grid = {
    { "figure", { "mnist" } },
    { "loss", { "cce", "mse", { "rll", alpha = figures.alphas[1] }, { "rll", alpha = figures.alphas[2] },
      { "rll", alpha = figures.alphas[3] }, "nmse" } },
    { "rate", figures.rates },
    { "share", figures.shares },
    { "seed", { 1 } },
  },
  baseline = { loss = "cce" },
  report = {
    "J1 and J2 beside the published curves.",
    nj.figure { y = { "j1" }, by = "rate", facet = { "figure", "loss" }, overlay = compare.overlays("j1") },
    nj.figure { y = { "j2" }, by = "rate", facet = { "figure", "loss" }, overlay = compare.overlays("j2") },
    "Mean squares of the differences over epochs, rates and seeds: the least ones fit best.",
    nj.table { rows = { "loss", "share" }, columns = {}, over = { "rate", "seed" }, stats = { "mean" },
      metrics = { "square", "square_running", "square_j2" } },
    "Each setting.",
    nj.table { rows = { "loss", "rate", "share" }, columns = {} },
  },
  quick = { data = "digits", model = "mlp", epochs = 3, loss = { "cce", { "rll", alpha = 0.1 } }, rate = { 0.4 },
    samples = 600, share = { 1 } },
  run = function(cfg)
    local figure = figures[cfg.figure]
    if type(figure) ~= "table" or figure.data == nil then
      error("figure is " .. table.concat(figures.names, ", ") .. ", got '" .. cfg.figure .. "'")
    end
    local data = nj.data.load(cfg.data ~= "" and cfg.data or figure.data)
    local count = math.floor(cfg.share * #data.train + 0.5)
    if cfg.samples > 0 then
      count = math.min(count, cfg.samples)
    end
    local noisy = data.train:first(count):with_labels(nj.noise.uniform { rate = cfg.rate }, { seed = cfg.seed })
    local name = cfg.model ~= "" and cfg.model or figure.model
    local model = name == "mlp" and nj.models.mlp { inputs = data.features, classes = data.classes }
      or nj.models[name] { channels = data.shape[3], classes = data.classes }
    if figure.side and name ~= "mlp" then
      model = nj.nn.sequential { nj.layers.centre_crop { height = figure.side, width = figure.side },
        nj.layers.image_whitening {}, model }
    end
    local loss = nj.losses[cfg.loss] {}
    local trainer = nj.trainer {
      model = model, loss = loss,
      optimizer = figure.optimizer == "adam" and nj.optim.adam { weight_decay = figure.decay }
        or nj.optim.sgd { momentum = 0.9, weight_decay = figure.decay },
      schedule = figure.schedule and figure.schedule() or nj.schedules.constant { base = figure.rate },
      batch_size = cfg.batch, seed = cfg.seed,
    }
    local epochs = cfg.epochs > 0 and cfg.epochs or figure.epochs
    local records = trainer:fit(noisy, { test = data.test, epochs = epochs })

    local curves = compare.curves_of(cfg.figure, loss.definition.name, cfg.rate)
    local result = {}
    for _, epoch in ipairs(figures.moments) do
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
