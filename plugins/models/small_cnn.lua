-- The small networks of papers on noisy labels: blocks of 3x3 convolutions with batch norm, each halved by pooling, and
-- two fully connected layers (Ma et al., "Dimensionality-driven learning with noisy labels", ICML 2018; Wang et al.
-- 2019; Ma et al. 2020).
local nj = require "nightjar"
local units = require "units.lua"

--- Defines one: `widths` has the outputs of the convolutions of each block, `hidden` is that of the dense layer.
return function(fields)
  local further = units.extents(fields.extent)
  return nj.model {
    name = fields.name, doc = fields.doc, params = units.params(fields.channels, further),
    -- Those of the public code of SCE and APL: a unit of a convolution is an "out_conv" of its block.
    torch_names = function(self)
      local names, halvings, last = {}, 1 << #fields.widths, 0
      for block, outputs in ipairs(fields.widths) do
        for place in ipairs(outputs) do
          local unit = string.format("block%d.%d.out_conv.", block, place - 1)
          names[#names + 1], names[#names + 2] = unit .. 0, unit .. 1
        end
        last = outputs[#outputs]
      end
      local maps = { self.height // halvings, self.width // halvings, last }
      table.move({ { "fc1.0", maps = maps }, "fc1.1", "fc2" }, 1, 3, #names + 1, names)
      return names
    end,
    build = function(self)
      local layers, inputs = {}, self.channels
      local height, width = self.height, self.width
      for _, block in ipairs(fields.widths) do
        for _, outputs in ipairs(block) do
          units.add_3x3(layers, inputs, outputs, self.dtype)
          inputs = outputs
        end
        layers[#layers + 1] = nj.nn.max_pool2d(2)
        height, width = height // 2, width // 2
      end
      layers[#layers + 1] = nj.nn.flatten()
      units.add_dense(layers, height * width * inputs, fields.hidden, self.dtype)
      layers[#layers + 1] = nj.nn.linear(fields.hidden, self.classes, { dtype = self.dtype })
      return nj.nn.sequential(layers)
    end,
  }
end
