local nj = require "nightjar"
local blocks = require "blocks.lua"

-- Zhang et al. 2017, section 2.2: a permutation of the positions for each image, which stays over the epochs.
return nj.noise {
  name = "random_pixels",
  doc = "A random order of the pixels (and channels) for each image, of Zhang et al. 2017.",
  params = {},
  inputs = function(_, inputs, ctx)
    local size = inputs:numel() // ctx.count
    return blocks.map(inputs, function(part, count)
      local order = ctx.random:uniform(count * size):reshape(count, size):argsort(-1)
      return part:reshape(count, size):gather(2, order):reshape(part:shape())
    end)
  end,
}
