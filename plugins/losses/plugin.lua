return {
  name = "losses",
  version = "1.0.0",
  api = ">= 1.0",
  license = "Apache-2.0",
  description = "The losses of Patel and Sastry (PAKDD 2021): cross-entropy, mean squared error, robust log loss, "
    .. "normalised mean squared error, mean absolute error.",
  provides = { losses = { "cce.lua", "mse.lua", "rll.lua", "nmse.lua", "mae.lua" } },
}
