-- Pleiss et al., NeurIPS 2020.
return require "../dynamics.lua" ({
  name = "aum", doc = "Minus the area under the margin over a training.",
}, "margin")
