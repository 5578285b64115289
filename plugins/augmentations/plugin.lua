return {
  name = "augmentations",
  version = "1.0.0",
  api = ">= 1.0",
  provides = { augmentations = { "mixup.lua", "cutmix.lua" } },
  license = "Apache-2.0",
  description = "Training samples that are mixed with others, labels included: mixup and CutMix.",
}
