-- The networks of He et al. 2016, section 4.2: 6 n + 2 layers of 3x3 convolutions, the shortcuts without parameters.
local nj = require "nightjar"
local basic_block = require "basic_block.lua"

local function block(inputs, outputs, stride, dtype)
  local shortcut
  if stride ~= 1 or inputs ~= outputs then
    shortcut = nj.layers.strided_pad { stride = stride, channels = outputs - inputs }
  end
  return basic_block(inputs, outputs, stride, dtype, shortcut)
end

--- The model of so many layers.
return function(depth)
  return nj.model {
    name = "resnet" .. depth,
    doc = "He et al. 2016 for images of 32x32: " .. depth .. " layers, shortcuts without parameters (option A).",
    params = {
      channels = { default = 3, type = "integer", min = 1, doc = "of an image" },
      classes = { default = 10, type = "integer", min = 1, doc = "logits a sample" },
      dtype = { default = "float32", choices = { "float32", "float64" }, doc = "element type of the weights" },
    },
    -- Those of akamaster/pytorch_resnet_cifar10.
    torch_names = function()
      local names = { "conv1", "bn1" }
      for stage = 1, 3 do
        for number = 0, (depth - 2) // 6 - 1 do
          for _, part in ipairs { "conv1", "bn1", "conv2", "bn2" } do
            names[#names + 1] = string.format("layer%d.%d.%s", stage, number, part)
          end
        end
      end
      names[#names + 1] = "linear"
      return names
    end,
    build = function(self)
      local layers = {
        nj.nn.conv2d(self.channels, 16, 3, { padding = 1, bias = false, dtype = self.dtype }),
        nj.nn.batch_norm(16, { dtype = self.dtype }), nj.nn.relu(),
      }
      local inputs = 16
      for stage, outputs in ipairs { 16, 32, 64 } do
        for number = 1, (depth - 2) // 6 do
          layers[#layers + 1] = block(inputs, outputs, stage > 1 and number == 1 and 2 or 1, self.dtype)
          layers[#layers + 1] = nj.nn.relu()
          inputs = outputs
        end
      end
      layers[#layers + 1] = nj.nn.global_avg_pool2d()
      layers[#layers + 1] = nj.nn.linear(64, self.classes, { dtype = self.dtype })
      return nj.nn.sequential(layers)
    end,
  }
end
