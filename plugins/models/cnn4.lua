return require "small_cnn.lua" {
  name = "cnn4", doc = "Four layers, for MNIST: Ma et al. 2018, Wang et al. 2019 (SCE), Ma et al. 2020 (APL).",
  extent = 28, channels = 1, widths = { { 32 }, { 64 } }, hidden = 128,
}
