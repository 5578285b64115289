return {
  name = "augmentations",
  version = "1.1.0",
  api = ">= 1.0",
  provides = {
    augmentations = { "mixup.lua", "cutmix.lua", "cutout.lua", "colour_jitter.lua", "rand_augment.lua" },
  },
  license = "Apache-2.0",
  description = "Random changes of training samples: mixup, CutMix, Cutout, colour jitter, RandAugment.",
}
