return require "finding_metric.lua" ("auroc", "AUROC of wrong labels",
  "how well a score tells wrong labels from right ones: area under the receiver's curve, ties by mid-ranks; in sample")
