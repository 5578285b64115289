return {
  name = "layers",
  version = "1.1.0",
  api = ">= 1.0",
  provides = {
    layers = {
      "residual.lua", "parallel.lua", "concat.lua", "together.lua", "strided_pad.lua", "local_response_norm.lua",
      "channel_dropout.lua", "centre_crop.lua", "image_whitening.lua",
    },
  },
  license = "Apache-2.0",
  description = "Containers that combine what other layers give, layers of older networks, and what prepares images.",
}
