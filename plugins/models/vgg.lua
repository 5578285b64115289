-- VGG (Simonyan and Zisserman, ICLR 2015) with batch norm for images of 32x32: five blocks of 3x3 convolutions, each
-- halved by pooling, and one dense layer, as public code for CIFAR-10 has it.
local nj = require "nightjar"
local units = require "units.lua"

--- Defines one of so many layers with parameters; `widths` has the outputs of the convolutions of each block.
return function(depth, widths)
  return nj.model {
    name = "vgg" .. depth, doc = "VGG-" .. depth .. " with batch norm for images of 32x32.", params = units.params(3),
    -- torchvision's "features" with batch norm, and the one dense layer of public code for CIFAR-10.
    torch_names = function()
      local names, place = {}, 0
      for _, block in ipairs(widths) do
        for _ = 1, #block do
          names[#names + 1], names[#names + 2] = "features." .. place, "features." .. place + 1
          place = place + 3
        end
        place = place + 1
      end
      names[#names + 1] = "classifier"
      return names
    end,
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
