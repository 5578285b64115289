return {
  name = "metrics",
  version = "1.0.0",
  api = ">= 1.0",
  provides = { metrics = { "exact_match.lua", "mean_iou.lua" } },
  license = "Apache-2.0",
  description = "Metrics of samples with several labels and of labels for each pixel.",
}
