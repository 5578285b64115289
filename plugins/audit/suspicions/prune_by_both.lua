return require "../pruned.lua" {
  name = "prune_by_both", filter = "both",
  doc = "Confident learning: what pruning by class and by noise rate agree on.",
}
