local nj = require "nightjar"
local preact_block = require "preact_block.lua"
local units = require "units.lua"

-- Zagoruyko and Komodakis, "Wide residual networks", BMVC 2016: 369,498 parameters with k = 1, 36,479,194 with k = 10.
return nj.model {
  name = "wrn28",
  doc = "Wide residual network of 28 layers, k times as wide, for images of 32x32.",
  params = units.params(3, {
    k = { default = 10, type = "integer", min = 1, doc = "how many times as wide" },
    dropout = { default = 0, min = 0, max = 1, doc = "share dropped between the convolutions of a block" },
  }),
  -- Of xternalz's WideResNet-pytorch.
  torch_names = function(self)
    local names = { "conv1" }
    for stage = 1, 3 do
      for number = 0, 3 do
        local prefix = string.format("block%d.layer.%d.", stage, number)
        for _, name in ipairs { "bn1", "conv1", "bn2", "conv2" } do
          names[#names + 1] = prefix .. name
        end
        names[#names + 1] = number == 0 and (stage > 1 or self.k > 1) and prefix .. "convShortcut" or nil
      end
    end
    names[#names + 1], names[#names + 2] = "bn1", "fc"
    return names
  end,
  build = function(self)
    local layers = { nj.nn.conv2d(self.channels, 16, 3, { padding = 1, bias = false, dtype = self.dtype }) }
    local inputs = 16
    for stage, width in ipairs { 16, 32, 64 } do
      for number = 1, 4 do
        local outputs = width * self.k
        preact_block(layers, inputs, outputs, stage > 1 and number == 1 and 2 or 1, self.dtype, self.dropout)
        inputs = outputs
      end
    end
    layers[#layers + 1], layers[#layers + 2] = nj.nn.batch_norm(inputs, { dtype = self.dtype }), nj.nn.relu()
    layers[#layers + 1] = nj.nn.global_avg_pool2d()
    layers[#layers + 1] = nj.nn.linear(inputs, self.classes, { dtype = self.dtype })
    return nj.nn.sequential(layers)
  end,
}
