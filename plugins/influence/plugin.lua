return {
  name = "influence",
  version = "1.0.0",
  api = ">= 1.0",
  provides = {
    kinds = { "estimators.lua" },
    estimators = "estimators",
    commands = { "commands/influence.lua" },
  },
  depends = { metrics = ">= 1.1" },
  license = "Apache-2.0",
  description = "Memorization and influence of samples, from models of random parts of a data set.",
}
