-- The experiments of Patel and Sastry (PAKDD 2021) by the figure that shows them: settings as published, and what is
-- not. Batches have 128 samples (from the public code) everywhere. `step` and `pass` are the seconds of a step and of
-- an evaluation of 500 samples on two quiet cores, of docs/speed.md.
local nj = require "nightjar"

return {
  names = { "mnist", "inception", "resnet32" },
  mnist = {
    title = "MNIST, ResNet-18", data = "mnist", samples = 60000, model = "resnet18", epochs = 200,
    optimizer = "adam", rate = 1e-3, decay = 0, test = 10000, step = 0.0549, pass = 0.0549,
    settings = "Adam at 0.001, no weight decay; the 7x7 stem of torchvision's network with one channel",
  },
  inception = {
    title = "CIFAR-10, Inception-Lite", data = "cifar10", samples = 50000, model = "inception_lite", epochs = 100,
    optimizer = "sgd", rate = 0.01, decay = 0, test = 10000, step = 0.417, pass = 0.532,
    settings = "SGD with momentum 0.9 at 0.01, times 0.95 after every epoch, no weight decay; images cropped to the "
      .. "28x28 in their middle and whitened one by one, as Zhang et al. 2017 have them",
    -- Height and width to which images are cropped.
    side = 28,
    schedule = function() return nj.schedules.exponential { base = 0.01, decay = 0.95 } end,
  },
  resnet32 = {
    title = "CIFAR-10, ResNet-32", data = "cifar10", samples = 50000, model = "resnet32", epochs = 200,
    optimizer = "sgd", rate = 0.1, decay = 1e-4, test = 10000, step = 0.134, pass = 0.163,
    settings = "SGD with momentum 0.9 at 0.1, a tenth after 100 and after 150 epochs, weight decay 0.0001",
    schedule = function() return nj.schedules.step { base = 0.1, drops = { 100, 150 } } end,
  },
  -- Samples come in so many, a file of CIFAR-10: some of these may be missing, which is said. Runs on other numbers of
  -- samples, as --set samples makes them, are no experiments of the paper.
  part = 10000,
  -- Alpha of rll is not published: these are tried.
  alphas = { 0.01, 0.1, 0.45 },
  -- The other losses, the rates, and the shares of the samples.
  plain = { "cce", "mse", "nmse" }, rates = { 0, 0.2, 0.4, 0.6 }, shares = { 1, 0.8 },
  -- Epochs at which J1 and J2 are set beside the published ones.
  moments = { 1, 2, 5, 10, 25, 50 },
}
