-- ResNet-32 for two epochs on 20,000 images of CIFAR-10: does training go as it goes elsewhere?
--
-- scripts/peers/torch_cifar.py is PyTorch's side, with the same recipe; compare test accuracies over seeds.
local nj = require "nightjar"

return nj.experiment {
  name = "cifar_two_epochs",
  doc = "ResNet-32 for two epochs on 20,000 images of CIFAR-10, to compare with PyTorch.",
  settings = {
    model = "resnet32",
    samples = 20000,
    epochs = 2,
    batch = 128,
    learning_rate = 0.1,
    momentum = 0.9,
    weight_decay = 1e-4,
  },
  grid = {
    { "seed", { 1, 2, 3 } },
  },
  run = function(cfg)
    local data = nj.data.load("cifar10")
    local trainer = nj.trainer {
      model = nj.models[cfg.model] { classes = data.classes },
      loss = nj.losses.cce {},
      optimizer = nj.optim.sgd { momentum = cfg.momentum, weight_decay = cfg.weight_decay },
      learning_rate = cfg.learning_rate,
      batch_size = cfg.batch,
      evaluation_interval = cfg.epochs,
      seed = cfg.seed,
    }
    trainer:fit(data.train:first(cfg.samples), { test = data.test, epochs = cfg.epochs })
  end,
}
