local nj = require "nightjar"
local units = require "units.lua"

-- Zhang et al. 2017, appendix A: two modules of a 5x5 convolution, 3x3 pooling and local response normalisation, and
-- dense layers of 384 and 192; 1,387,786 parameters on 28x28. Sizes and the normalisation's numbers are those of the
-- TensorFlow tutorial for CIFAR-10 that it comes from, where a sum of nine squares has the weight 0.001 / 9 each.
return nj.model {
  name = "alexnet_small",
  doc = "Small AlexNet of Zhang et al. 2017, for images of 28x28.",
  params = units.params(3, units.extents(28)),
  torch_names = function(self)
    local maps = { (self.height + 3) // 4, (self.width + 3) // 4, 64 }
    return { "conv1", "conv2", { "fc1", maps = maps }, "fc2", "fc3" }
  end,
  build = function(self)
    local layers, inputs, height, width = {}, self.channels, self.height, self.width
    for _ = 1, 2 do
      layers[#layers + 1] = nj.nn.conv2d(inputs, 64, 5, { padding = 2, dtype = self.dtype })
      layers[#layers + 1] = nj.nn.relu()
      layers[#layers + 1] = nj.nn.max_pool2d(3, { stride = 2, padding = 1 })
      layers[#layers + 1] = nj.layers.local_response_norm { size = 9, k = 1, alpha = 0.001, beta = 0.75 }
      inputs, height, width = 64, (height + 1) // 2, (width + 1) // 2
    end
    layers[#layers + 1] = nj.nn.flatten()
    local size = height * width * 64
    for _, outputs in ipairs { 384, 192 } do
      layers[#layers + 1] = nj.nn.linear(size, outputs, { dtype = self.dtype })
      layers[#layers + 1] = nj.nn.relu()
      size = outputs
    end
    layers[#layers + 1] = nj.nn.linear(size, self.classes, { dtype = self.dtype })
    return nj.nn.sequential(layers)
  end,
}
