return require "finding_metric.lua" ("precision_at_wrong", "precision at |W|",
  "share of wrong labels among as many of the highest scores as there are wrong labels; in sample")
