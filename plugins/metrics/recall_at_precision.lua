return require "finding_metric.lua" ("recall_at_precision", "recall at precision",
  "share of the wrong labels that a score finds at a threshold with a given precision; in sample", {
    precision = { default = 0.95, above = 0, max = 1, doc = "which a threshold must reach" },
  })
