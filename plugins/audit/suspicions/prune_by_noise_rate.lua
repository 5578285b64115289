return require "../pruned.lua" {
  name = "prune_by_noise_rate", filter = "by_noise_rate",
  doc = "Confident learning: of each pair of classes as many of the largest margin as the joint says.",
}
