-- Paul et al., NeurIPS 2021.
return require "../dynamics.lua" ({
  name = "el2n", doc = "Mean distance between probabilities and given label over the first epochs of a training.",
}, "el2n")
