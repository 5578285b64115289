return require "finding_metric.lua" ("average_precision", "average precision of wrong labels",
  "how well a score finds wrong labels: mean precision over the recalls that it reaches; in sample")
