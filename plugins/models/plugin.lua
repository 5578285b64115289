return {
  name = "models",
  version = "1.0.0",
  api = ">= 1.0",
  provides = { models = { "mlp.lua" } },
  license = "Apache-2.0",
  description = "Networks.",
}
