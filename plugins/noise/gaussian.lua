local nj = require "nightjar"
local blocks = require "blocks.lua"

-- Zhang et al. 2017, section 2.2: images of normal noise with the mean and the deviation of the data's channels.
return nj.noise {
  name = "gaussian",
  doc = "Every image is normal noise with the data's mean and deviation of each channel, of Zhang et al. 2017.",
  params = {},
  inputs = function(_, inputs, ctx)
    return blocks.gaussian(inputs, ctx.random)
  end,
}
