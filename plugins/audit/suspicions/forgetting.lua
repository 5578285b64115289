-- Toneva et al., ICLR 2019.
return require "../dynamics.lua" ({
  name = "forgetting", doc = "How often the given label was predicted and then not over a training.",
}, "prediction")
