return {
  name = "callbacks",
  version = "1.0.0",
  api = ">= 1.0",
  provides = { callbacks = { "early_stopping.lua", "best_weights.lua" } },
  license = "Apache-2.0",
  description = "Ending a training early and keeping its best weights.",
}
