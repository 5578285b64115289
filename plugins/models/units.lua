-- What convolutional networks are made of: a convolution with batch norm and activation, and parameters that all take.
local nj = require "nightjar"

local units = {}

--- The parameters that every network for images has, with further ones.
function units.params(channels, further)
  local params = {
    channels = { default = channels, type = "integer", min = 1, doc = "of an image" },
    classes = { default = 10, type = "integer", min = 1, doc = "logits a sample" },
    dtype = { default = "float32", choices = { "float32", "float64" }, doc = "element type of the weights" },
  }
  for name, spec in pairs(further or {}) do
    params[name] = spec
  end
  return params
end

--- Height and width, for networks whose last layers depend on them.
function units.extents(extent)
  return {
    height = { default = extent, type = "integer", min = 8, doc = "rows of an image" },
    width = { default = extent, type = "integer", min = 8, doc = "columns of an image" },
  }
end

--- Appends a 3x3 convolution with offsets, batch norm and an activation (a rectifier) to a list of layers.
function units.add_3x3(layers, inputs, outputs, dtype, activation)
  layers[#layers + 1] = nj.nn.conv2d(inputs, outputs, 3, { padding = 1, dtype = dtype })
  layers[#layers + 1] = nj.nn.batch_norm(outputs, { dtype = dtype })
  layers[#layers + 1] = activation or nj.nn.relu()
end

--- Appends a fully connected layer with batch norm and a rectifier.
function units.add_dense(layers, inputs, outputs, dtype)
  layers[#layers + 1] = nj.nn.linear(inputs, outputs, { dtype = dtype })
  layers[#layers + 1] = nj.nn.batch_norm(outputs, { dtype = dtype })
  layers[#layers + 1] = nj.nn.relu()
end

return units
