return {
  name = "optimizers",
  version = "1.0.0",
  api = ">= 1.0",
  provides = {
    optimizers = { "sgd.lua", "adam.lua", "adamw.lua" },
    clips = { "clips/norm.lua", "clips/value.lua" },
    averages = { "averages/ema.lua", "averages/mean.lua" },
  },
  license = "Apache-2.0",
  description = "SGD and Adam, gradient clipping and weight averaging, each a rule for one parameter.",
}
