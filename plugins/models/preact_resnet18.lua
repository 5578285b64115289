local nj = require "nightjar"
local preact_block = require "preact_block.lua"
local units = require "units.lua"

-- He et al., ECCV 2016, in the form of public code for CIFAR-10, from which DivideMix, ELR and GJS have it: 11,171,146
-- parameters, without batch norm and activation after the last block; final_norm adds them, as the paper has it.
return nj.model {
  name = "preact_resnet18",
  doc = "Pre-activation ResNet of 18 layers for images of 32x32.",
  params = units.params(3, {
    final_norm = { default = false, doc = "batch norm and activation after the last block, as in the paper" },
  }),
  -- Of kuangliu's pytorch-cifar; what it lacks is called bn.
  torch_names = function(self)
    local names = { "conv1" }
    for stage = 1, 4 do
      for number = 0, 1 do
        local prefix = string.format("layer%d.%d.", stage, number)
        for _, name in ipairs { "bn1", "conv1", "bn2", "conv2" } do
          names[#names + 1] = prefix .. name
        end
        names[#names + 1] = stage > 1 and number == 0 and prefix .. "shortcut.0" or nil
      end
    end
    names[#names + 1] = self.final_norm and "bn" or nil
    names[#names + 1] = "linear"
    return names
  end,
  build = function(self)
    local layers = { nj.nn.conv2d(self.channels, 64, 3, { padding = 1, bias = false, dtype = self.dtype }) }
    local inputs = 64
    for stage, outputs in ipairs { 64, 128, 256, 512 } do
      for number = 1, 2 do
        preact_block(layers, inputs, outputs, stage > 1 and number == 1 and 2 or 1, self.dtype)
        inputs = outputs
      end
    end
    if self.final_norm then
      layers[#layers + 1], layers[#layers + 2] = nj.nn.batch_norm(512, { dtype = self.dtype }), nj.nn.relu()
    end
    layers[#layers + 1] = nj.nn.global_avg_pool2d()
    layers[#layers + 1] = nj.nn.linear(512, self.classes, { dtype = self.dtype })
    return nj.nn.sequential(layers)
  end,
}
