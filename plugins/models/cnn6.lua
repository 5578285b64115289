return require "small_cnn.lua" {
  name = "cnn6", doc = "Six layers: cnn8 without its third block of convolutions.",
  extent = 32, channels = 3, widths = { { 64, 64 }, { 128, 128 } }, hidden = 256,
}
