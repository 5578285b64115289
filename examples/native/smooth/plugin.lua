return {
  name = "smooth",
  version = "1.0.0",
  api = ">= 1.0",
  native = "smooth.so",
  provides = { losses = { "losses/smooth.lua" }, metrics = { "metrics/smooth_margin.lua" } },
  description = "Label smoothing in C: the loss and its gradient are one pass each.",
  license = "Apache-2.0",
}
