return require "../detection.lua" {
  name = "recall_at_precision", doc = "Share of the wrong labels found at a threshold with a given precision.",
  params = { precision = { default = 0.95, above = 0, max = 1, doc = "which a threshold must reach" } },
}
