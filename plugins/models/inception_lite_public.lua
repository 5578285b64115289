local nj = require "nightjar"
local inception = require "inception.lua"
local units = require "units.lua"

-- The variant of the public code of Patel and Sastry 2021: images of 32x32, no padding in the first convolution and the
-- downsampling modules, so that maps are 30, 14 and 6 wide, and a mean over windows of 3x3, whose 2x2 results all go to
-- the dense layer: 1,659,482 parameters and 3,424 of batch norm. It is not the network of Zhang et al.
return nj.model {
  name = "inception_lite_public",
  doc = "Small Inception in the variant of the code of Patel and Sastry 2021, for images of 32x32.",
  params = units.params(3),
  torch_names = function()
    return inception.torch_names { "fc", maps = { 2, 2, 336 } }
  end,
  build = function(self)
    local layers = inception.layers(self.channels, self.dtype, false)
    layers[#layers + 1] = nj.nn.avg_pool2d(3)
    layers[#layers + 1] = nj.nn.flatten()
    layers[#layers + 1] = nj.nn.linear(4 * 336, self.classes, { dtype = self.dtype })
    return nj.nn.sequential(layers)
  end,
}
