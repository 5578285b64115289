-- The block of He et al. 2016 with two 3x3 convolutions, and a way around it.
local nj = require "nightjar"

--- A residual layer; `shortcut` is made by its caller where shapes change, and nil elsewhere.
return function(inputs, outputs, stride, dtype, shortcut)
  return nj.nn.residual(nj.nn.sequential {
    nj.nn.conv2d(inputs, outputs, 3, { stride = stride, padding = 1, bias = false, dtype = dtype }),
    nj.nn.batch_norm(outputs, { dtype = dtype }), nj.nn.relu(),
    nj.nn.conv2d(outputs, outputs, 3, { padding = 1, bias = false, dtype = dtype }),
    nj.nn.batch_norm(outputs, { dtype = dtype }),
  }, shortcut)
end
