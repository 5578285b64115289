-- VGG (Simonyan and Zisserman, ICLR 2015) with batch norm for images of 32x32: five blocks of 3x3 convolutions, each
-- halved by pooling, and one dense layer, as public code for CIFAR-10 has it.
local nj = require "nightjar"
local units = require "units.lua"

--- Defines one of so many layers with parameters; `widths` has the outputs of the convolutions of each block.
return function(depth, widths)
  return nj.model {
    name = "vgg" .. depth, doc = "VGG-" .. depth .. " with batch norm for images of 32x32.", params = units.params(3),
    build = function(self)
      local layers, inputs = {}, self.channels
      for _, block in ipairs(widths) do
        for _, outputs in ipairs(block) do
          units.add_3x3(layers, inputs, outputs, self.dtype)
          inputs = outputs
        end
        layers[#layers + 1] = nj.nn.max_pool2d(2)
      end
      layers[#layers + 1] = nj.nn.global_avg_pool2d()
      layers[#layers + 1] = nj.nn.linear(512, self.classes, { dtype = self.dtype })
      return nj.nn.sequential(layers)
    end,
  }
end
