local nj = require "nightjar"
local basic_block = require "basic_block.lua"

-- The way around a block is a 1x1 convolution where shapes change.
local function block(inputs, outputs, stride, dtype)
  local shortcut
  if stride ~= 1 or inputs ~= outputs then
    shortcut = nj.nn.sequential {
      nj.nn.conv2d(inputs, outputs, 1, { stride = stride, bias = false, dtype = dtype }),
      nj.nn.batch_norm(outputs, { dtype = dtype }),
    }
  end
  return basic_block(inputs, outputs, stride, dtype, shortcut)
end

-- He et al. 2016, table 1: 11,175,370 parameters with one channel and ten classes.
return nj.model {
  name = "resnet18",
  doc = "He et al. 2016, 18 layers, with the 7x7 stem.",
  params = {
    channels = { default = 1, type = "integer", min = 1, doc = "of an image" },
    classes = { default = 10, type = "integer", min = 1, doc = "logits a sample" },
    dtype = { default = "float32", choices = { "float32", "float64" }, doc = "element type of the weights" },
  },
  build = function(self)
    local layers = {
      nj.nn.conv2d(self.channels, 64, 7, { stride = 2, padding = 3, bias = false, dtype = self.dtype }),
      nj.nn.batch_norm(64, { dtype = self.dtype }), nj.nn.relu(), nj.nn.max_pool2d(3, { stride = 2, padding = 1 }),
    }
    local inputs = 64
    for stage, outputs in ipairs { 64, 128, 256, 512 } do
      for number = 1, 2 do
        layers[#layers + 1] = block(inputs, outputs, stage > 1 and number == 1 and 2 or 1, self.dtype)
        layers[#layers + 1] = nj.nn.relu()
        inputs = outputs
      end
    end
    layers[#layers + 1] = nj.nn.global_avg_pool2d()
    layers[#layers + 1] = nj.nn.linear(512, self.classes, { dtype = self.dtype })
    return nj.nn.sequential(layers)
  end,
}
