local nj = require "nightjar"

-- After LeCun et al. 1998, in the wider form of today's tutorials: 1,663,370 parameters for images of 28x28.
return nj.model {
  name = "lenet",
  doc = "Two 5x5 convolutions with pooling, then 512 units; images (batch, height, width, channels).",
  params = {
    height = { default = 28, type = "integer", min = 4, doc = "rows of an image" },
    width = { default = 28, type = "integer", min = 4, doc = "columns of an image" },
    channels = { default = 1, type = "integer", min = 1, doc = "of an image" },
    classes = { default = 10, type = "integer", min = 1, doc = "logits a sample" },
    dtype = { default = "float32", choices = { "float32", "float64" }, doc = "element type of the weights" },
  },
  torch_names = function(self)
    return { "conv1", "conv2", { "fc1", maps = { self.height // 4, self.width // 4, 64 } }, "fc2" }
  end,
  build = function(self)
    local options = { padding = 2, dtype = self.dtype }
    local features = (self.height // 2 // 2) * (self.width // 2 // 2) * 64
    return nj.nn.sequential {
      nj.nn.conv2d(self.channels, 32, 5, options), nj.nn.relu(), nj.nn.max_pool2d(2),
      nj.nn.conv2d(32, 64, 5, options), nj.nn.relu(), nj.nn.max_pool2d(2),
      nj.nn.flatten(),
      nj.nn.linear(features, 512, { dtype = self.dtype }), nj.nn.relu(),
      nj.nn.linear(512, self.classes, { dtype = self.dtype }),
    }
  end,
}
