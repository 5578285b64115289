-- The Small Inception of Zhang et al. 2017, figure 3, up to its last maps.
local nj = require "nightjar"

local inception = {}

-- Outputs of the first convolution, and then of each module: those of its branches of 1x1 and of 3x3, or those of the
-- convolution that halves maps, beside which pooling keeps the inputs.
local first = 96
local modules = {
  { 32, 32 }, { 32, 48 }, { down = 80 }, { 112, 48 }, { 96, 64 }, { 80, 80 }, { 48, 96 }, { down = 96 },
  { 176, 160 }, { 176, 160 },
}

--- The names of its modules in PyTorch, each a convolution (.0) with its batch norm (.1): stem, blocks.0 to blocks.9
--- with their branches `one` and `three`, or `down`; `last` is what names the dense layer.
function inception.torch_names(last)
  local names = {}
  local function add(unit)
    names[#names + 1], names[#names + 2] = unit .. ".0", unit .. ".1"
  end
  add "stem"
  for place, module in ipairs(modules) do
    for _, branch in ipairs(module.down and { "down" } or { "one", "three" }) do
      add(string.format("blocks.%d.%s", place - 1, branch))
    end
  end
  names[#names + 1] = last
  return names
end

--- Its layers as a list, the last with 336 channels. Without padding (`is_padded` false) the first convolution and the
--- downsampling modules shrink their maps; the modules between must keep them, so that branches fit.
function inception.layers(channels, dtype, is_padded)
  -- Convolution, batch norm, activation.
  local function unit(inputs, outputs, kernel, stride, padding)
    return nj.nn.sequential {
      nj.nn.conv2d(inputs, outputs, kernel, { stride = stride or 1, padding = padding or kernel // 2, dtype = dtype }),
      nj.nn.batch_norm(outputs, { dtype = dtype }), nj.nn.relu(),
    }
  end
  local edge = is_padded and 1 or 0
  local layers, inputs = { unit(channels, first, 3, 1, edge) }, first
  for _, module in ipairs(modules) do
    local left, right
    if module.down then
      left, right = unit(inputs, module.down, 3, 2, edge), nj.nn.max_pool2d(3, { stride = 2, padding = edge })
      inputs = module.down + inputs
    else
      left, right = unit(inputs, module[1], 1), unit(inputs, module[2], 3)
      inputs = module[1] + module[2]
    end
    layers[#layers + 1] = nj.nn.concat { left, right }
  end
  return layers
end

return inception
