return {
  name = "optimizers",
  version = "1.0.0",
  api = ">= 1.0",
  provides = { optimizers = { "sgd.lua", "adam.lua", "adamw.lua" } },
  license = "Apache-2.0",
  description = "Stochastic gradient descent and Adam, each a rule for one parameter.",
}
