return require "resnet.lua" {
  name = "resnet34", doc = "He et al. 2016, 34 layers, with a stem for small images or the 7x7 one.",
  blocks = { 3, 4, 6, 3 }, channels = 3, stem = "cifar",
}
