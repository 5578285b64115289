local nj = require "nightjar"

-- Convolution, batch norm, activation.
local function unit(inputs, outputs, kernel, dtype, stride)
  return nj.nn.sequential {
    nj.nn.conv2d(inputs, outputs, kernel, { stride = stride or 1, padding = kernel // 2, dtype = dtype }),
    nj.nn.batch_norm(outputs, { dtype = dtype }), nj.nn.relu(),
  }
end

-- Zhang et al. 2017, figure 3, "Small Inception": 1,649,402 parameters and 3,424 of batch norm.
return nj.model {
  name = "inception_lite",
  doc = "Zhang et al. 2017, Small Inception with batch norm, for images of 28x28.",
  params = {
    channels = { default = 3, type = "integer", min = 1, doc = "of an image" },
    classes = { default = 10, type = "integer", min = 1, doc = "logits a sample" },
    dtype = { default = "float32", choices = { "float32", "float64" }, doc = "element type of the weights" },
  },
  build = function(self)
    local dtype = self.dtype
    local function inception(inputs, ones, threes)
      return nj.nn.concat { unit(inputs, ones, 1, dtype), unit(inputs, threes, 3, dtype) }
    end
    local function downsample(inputs, outputs)
      return nj.nn.concat { unit(inputs, outputs, 3, dtype, 2), nj.nn.max_pool2d(3, { stride = 2, padding = 1 }) }
    end
    return nj.nn.sequential {
      unit(self.channels, 96, 3, dtype), inception(96, 32, 32), inception(64, 32, 48), downsample(80, 80),
      inception(160, 112, 48), inception(160, 96, 64), inception(160, 80, 80), inception(160, 48, 96),
      downsample(144, 96), inception(240, 176, 160), inception(336, 176, 160),
      nj.nn.global_avg_pool2d(), nj.nn.linear(336, self.classes, { dtype = dtype }),
    }
  end,
}
