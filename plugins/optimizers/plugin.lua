return {
  name = "optimizers",
  version = "1.0.0",
  api = ">= 1.0",
  provides = {
    optimizers = {
      "sgd.lua", "adam.lua", "adamw.lua", "adamax.lua", "nadam.lua", "radam.lua", "rmsprop.lua", "adagrad.lua",
      "lion.lua", "asgd.lua", "lookahead.lua", "sam.lua",
    },
    clips = { "clips/norm.lua", "clips/value.lua" },
    averages = { "averages/ema.lua", "averages/mean.lua" },
  },
  license = "Apache-2.0",
  description = "SGD, Adam and their kin, Lookahead, SAM, clipping and averages, each a rule for one parameter.",
}
