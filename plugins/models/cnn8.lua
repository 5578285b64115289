return require "small_cnn.lua" {
  name = "cnn8", doc = "Eight layers, for CIFAR-10: Ma et al. 2018, Wang et al. 2019 (SCE), Ma et al. 2020 (APL).",
  extent = 32, channels = 3, widths = { { 64, 64 }, { 128, 128 }, { 196, 196 } }, hidden = 256,
}
