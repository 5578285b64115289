return require "../pruned.lua" {
  name = "prune_by_class", filter = "by_class",
  doc = "Confident learning: of each given class as many of the least probable as the joint says.",
}
