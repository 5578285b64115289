return require "../pruned.lua" {
  name = "confident_counts", filter = "off_diagonal",
  doc = "Confident learning: samples that are counted off the diagonal of the confident joint.",
}
