local nj = require "nightjar"
local inception = require "inception.lua"
local units = require "units.lua"

-- Zhang et al. 2017, figure 3, "Small Inception": 1,649,402 parameters and 3,424 of batch norm.
return nj.model {
  name = "inception_lite",
  doc = "Zhang et al. 2017, Small Inception with batch norm, for images of 28x28.",
  params = units.params(3),
  torch_names = function()
    return inception.torch_names "fc"
  end,
  build = function(self)
    local layers = inception.layers(self.channels, self.dtype, true)
    layers[#layers + 1] = nj.nn.global_avg_pool2d()
    layers[#layers + 1] = nj.nn.linear(336, self.classes, { dtype = self.dtype })
    return nj.nn.sequential(layers)
  end,
}
