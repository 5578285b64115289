return {
  name = "models",
  version = "1.2.0",
  api = ">= 1.0",
  depends = { layers = ">= 1.1" },
  provides = {
    models = {
      "mlp.lua", "lenet.lua", "cnn4.lua", "cnn6.lua", "cnn8.lua", "cnn9.lua", "alexnet_small.lua", "vgg11.lua",
      "vgg16.lua", "resnet18.lua", "resnet34.lua", "resnet50.lua", "resnet20.lua", "resnet32.lua", "resnet44.lua",
      "resnet56.lua", "preact_resnet18.lua", "wrn28.lua", "inception_lite.lua", "inception_lite_public.lua",
    },
  },
  license = "Apache-2.0",
  description = "Networks.",
}
