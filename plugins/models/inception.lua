-- The Small Inception of Zhang et al. 2017, figure 3, up to its last maps.
local nj = require "nightjar"

--- Its layers as a list, the last with 336 channels. Without padding (`is_padded` false) the first convolution and the
--- downsampling modules shrink their maps; the modules between must keep them, so that branches fit.
return function(channels, dtype, is_padded)
  -- Convolution, batch norm, activation.
  local function unit(inputs, outputs, kernel, stride, padding)
    return nj.nn.sequential {
      nj.nn.conv2d(inputs, outputs, kernel, { stride = stride or 1, padding = padding or kernel // 2, dtype = dtype }),
      nj.nn.batch_norm(outputs, { dtype = dtype }), nj.nn.relu(),
    }
  end
  local edge = is_padded and 1 or 0
  local function inception(inputs, ones, threes)
    return nj.nn.concat { unit(inputs, ones, 1), unit(inputs, threes, 3) }
  end
  local function downsample(inputs, outputs)
    return nj.nn.concat { unit(inputs, outputs, 3, 2, edge), nj.nn.max_pool2d(3, { stride = 2, padding = edge }) }
  end
  return {
    unit(channels, 96, 3, 1, edge), inception(96, 32, 32), inception(64, 32, 48), downsample(80, 80),
    inception(160, 112, 48), inception(160, 96, 64), inception(160, 80, 80), inception(160, 48, 96),
    downsample(144, 96), inception(240, 176, 160), inception(336, 176, 160),
  }
end
