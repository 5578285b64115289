return require "by_sample.lua" ("normalized_margin", {
  name = "normalized_margin", title = "normalized margin, turned round", range = { 0, 1 },
  doc = "1 - (p of the given label - largest of the others + 1) / 2 of each sample: cleanlab's score, turned round",
})
