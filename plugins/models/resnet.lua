-- The networks of He et al. 2016, table 1, with the stem of ImageNet or one for small images.
local nj = require "nightjar"
local basic_block = require "basic_block.lua"
local units = require "units.lua"

local function convolution(inputs, outputs, kernel, stride, dtype)
  return nj.nn.conv2d(inputs, outputs, kernel,
    { stride = stride, padding = kernel // 2, bias = false, dtype = dtype })
end

-- The way around a block: a 1x1 convolution where shapes change, nil elsewhere.
local function shortcut(inputs, outputs, stride, dtype)
  if stride ~= 1 or inputs ~= outputs then
    return nj.nn.sequential {
      convolution(inputs, outputs, 1, stride, dtype), nj.nn.batch_norm(outputs, { dtype = dtype }),
    }
  end
end

-- A block with a narrow middle; the stride is in its 3x3 convolution, as PyTorch has it.
local function bottleneck(inputs, width, stride, dtype)
  local outputs = 4 * width
  return nj.nn.residual(nj.nn.sequential {
    convolution(inputs, width, 1, 1, dtype), nj.nn.batch_norm(width, { dtype = dtype }), nj.nn.relu(),
    convolution(width, width, 3, stride, dtype), nj.nn.batch_norm(width, { dtype = dtype }), nj.nn.relu(),
    convolution(width, outputs, 1, 1, dtype), nj.nn.batch_norm(outputs, { dtype = dtype }),
  }, shortcut(inputs, outputs, stride, dtype))
end

local function stem(self, layers)
  local is_small = self.stem == "cifar"
  layers[1] = convolution(self.channels, 64, is_small and 3 or 7, is_small and 1 or 2, self.dtype)
  layers[2], layers[3] = nj.nn.batch_norm(64, { dtype = self.dtype }), nj.nn.relu()
  if not is_small then
    layers[4] = nj.nn.max_pool2d(3, { stride = 2, padding = 1 })
  end
end

-- torchvision's modules.
local function torch_names(fields)
  local names = { "conv1", "bn1" }
  for stage, count in ipairs(fields.blocks) do
    for number = 1, count do
      local prefix = string.format("layer%d.%d.", stage, number - 1)
      for i = 1, fields.has_bottlenecks and 3 or 2 do
        names[#names + 1], names[#names + 2] = prefix .. "conv" .. i, prefix .. "bn" .. i
      end
      if number == 1 and (stage > 1 or fields.has_bottlenecks) then
        names[#names + 1], names[#names + 2] = prefix .. "downsample.0", prefix .. "downsample.1"
      end
    end
  end
  names[#names + 1] = "fc"
  return names
end

--- Defines one. `fields` has name, doc, blocks (how many in each of four stages), has_bottlenecks, channels and stem.
return function(fields)
  return nj.model {
    name = fields.name, doc = fields.doc,
    params = units.params(fields.channels, {
      stem = {
        default = fields.stem, choices = { "imagenet", "cifar" },
        doc = "a 7x7 convolution with stride 2 and pooling, or a 3x3 convolution for small images",
      },
    }),
    torch_names = function() return torch_names(fields) end,
    build = function(self)
      local layers, inputs = {}, 64
      stem(self, layers)
      for stage, count in ipairs(fields.blocks) do
        local width = 64 << (stage - 1)
        local outputs = fields.has_bottlenecks and 4 * width or width
        for number = 1, count do
          local stride = stage > 1 and number == 1 and 2 or 1
          layers[#layers + 1] = fields.has_bottlenecks and bottleneck(inputs, width, stride, self.dtype)
            or basic_block(inputs, outputs, stride, self.dtype, shortcut(inputs, outputs, stride, self.dtype))
          layers[#layers + 1] = nj.nn.relu()
          inputs = outputs
        end
      end
      layers[#layers + 1] = nj.nn.global_avg_pool2d()
      layers[#layers + 1] = nj.nn.linear(inputs, self.classes, { dtype = self.dtype })
      return nj.nn.sequential(layers)
    end,
  }
end
