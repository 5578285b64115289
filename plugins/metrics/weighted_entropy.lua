return require "by_sample.lua" ("weighted_entropy", {
  name = "weighted_entropy", title = "confidence-weighted entropy, turned round", range = { 0, 1 },
  doc = "cleanlab's confidence-weighted entropy of each sample, turned round: the larger, the more suspicious",
})
