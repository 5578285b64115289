local nj = require "nightjar"
local units = require "units.lua"

-- Han et al., "Co-teaching", NeurIPS 2018, table 2, as in the authors' code: nine 3x3 convolutions with leaky
-- rectifiers, the last three without padding, dropout of channels, and the mean over the last maps.
-- Co-teaching+ and JoCoR have it as well.
return nj.model {
  name = "cnn9",
  doc = "Nine layers of Han et al. 2018 (Co-teaching), for images of 32x32.",
  params = units.params(3, {
    dropout = { default = 0.25, min = 0, max = 1, doc = "share of the channels dropped after the first two blocks" },
  }),
  -- Those of the authors' code.
  torch_names = function()
    local names = {}
    for number = 1, 9 do
      names[#names + 1], names[#names + 2] = "c" .. number, "bn" .. number
    end
    names[#names + 1] = "l_c1"
    return names
  end,
  build = function(self)
    local layers, inputs = {}, self.channels
    for block, widths in ipairs { { 128, 128, 128 }, { 256, 256, 256 }, { 512, 256, 128 } } do
      for _, outputs in ipairs(widths) do
        layers[#layers + 1] = nj.nn.conv2d(inputs, outputs, 3, { padding = block < 3 and 1 or 0, dtype = self.dtype })
        layers[#layers + 1] = nj.nn.batch_norm(outputs, { dtype = self.dtype })
        layers[#layers + 1] = nj.nn.leaky_relu(0.01)
        inputs = outputs
      end
      if block < 3 then
        layers[#layers + 1] = nj.nn.max_pool2d(2)
        if self.dropout > 0 then
          layers[#layers + 1] = nj.layers.channel_dropout { rate = self.dropout }
        end
      end
    end
    layers[#layers + 1] = nj.nn.global_avg_pool2d()
    layers[#layers + 1] = nj.nn.linear(128, self.classes, { dtype = self.dtype })
    return nj.nn.sequential(layers)
  end,
}
