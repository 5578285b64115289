return {
  name = "noise",
  version = "1.1.0",
  api = ">= 1.0",
  provides = {
    noise = {
      "uniform.lua", "random_labels.lua", "rand_y.lua", "pair_flip.lua", "asymmetric.lua", "asym_mnist.lua",
      "asym_cifar10.lua", "asym_cifar100.lua", "class_conditional.lua", "random_transition.lua",
      "instance.lua", "instance_shared.lua", "margin.lua", "human.lua", "human_matched.lua", "open_set.lua",
      "shuffled_pixels.lua", "random_pixels.lua", "gaussian.lua", "rand_x.lua", "additive_gaussian.lua", "salt.lua",
      "blur.lua",
    },
    commands = { "commands/noise.lua" },
  },
  license = "Apache-2.0",
  description = "Noise in labels, of classes, of samples and of people, and in inputs.",
}
