-- The block of He et al., "Identity mappings in deep residual networks", ECCV 2016: batch norm and activation stand
-- before each convolution.
local nj = require "nightjar"

local function convolution(inputs, outputs, kernel, stride, dtype)
  return nj.nn.conv2d(inputs, outputs, kernel,
    { stride = stride, padding = kernel // 2, bias = false, dtype = dtype })
end

local function activation(channels, dtype)
  return nj.nn.batch_norm(channels, { dtype = dtype }), nj.nn.relu()
end

--- Appends a block to a list of layers. Where shapes change, a 1x1 convolution goes around it from the activation on;
--- elsewhere its input does. `dropout` is the share dropped between the convolutions.
return function(layers, inputs, outputs, stride, dtype, dropout)
  local norm, relu = activation(inputs, dtype)
  local body = { convolution(inputs, outputs, 3, stride, dtype), activation(outputs, dtype) }
  if (dropout or 0) > 0 then
    body[#body + 1] = nj.nn.dropout(dropout)
  end
  body[#body + 1] = convolution(outputs, outputs, 3, 1, dtype)
  if stride == 1 and inputs == outputs then
    layers[#layers + 1] = nj.nn.residual(nj.nn.sequential { norm, relu, table.unpack(body) })
    return
  end
  layers[#layers + 1], layers[#layers + 2] = norm, relu
  layers[#layers + 1] = nj.nn.parallel { nj.nn.sequential(body), convolution(inputs, outputs, 1, stride, dtype) }
end
