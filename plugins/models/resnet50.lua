return require "resnet.lua" {
  name = "resnet50", doc = "He et al. 2016, 50 layers with bottlenecks, with a stem for small images or the 7x7 one.",
  blocks = { 3, 4, 6, 3 }, has_bottlenecks = true, channels = 3, stem = "cifar",
}
