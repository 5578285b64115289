return {
  name = "models",
  version = "1.1.0",
  api = ">= 1.0",
  provides = {
    models = {
      "mlp.lua", "lenet.lua", "resnet18.lua", "resnet20.lua", "resnet32.lua", "resnet44.lua", "resnet56.lua",
      "inception_lite.lua",
    },
  },
  license = "Apache-2.0",
  description = "Networks.",
}
