local nj = require "nightjar"

-- Zhang et al. 2017, section 2.2: one permutation of all positions, the same for every image. It depends on the seed
-- and on how many positions there are alone, so that a test set shuffled with the same seed is shuffled alike.
return nj.noise {
  name = "shuffled_pixels",
  doc = "One random order of the pixels (and channels) for all images, of Zhang et al. 2017.",
  params = {},
  inputs = function(_, inputs, ctx)
    local count = ctx.count
    local size = inputs:numel() // count
    local order = ctx.random:permutation(size)
    return inputs:reshape(count, size):index(2, order):reshape(inputs:shape())
  end,
}
