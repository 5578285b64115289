return require "by_sample.lua" ("el2n", {
  name = "el2n", title = "EL2N", range = { 0, 2 },
  doc = "distance between probabilities and given label of each sample (Paul et al. 2021); early epochs say most",
})
