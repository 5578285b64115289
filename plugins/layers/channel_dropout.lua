local nj = require "nightjar"

-- Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015, section 3.2: SpatialDropout.
return nj.layer {
  name = "channel_dropout",
  doc = "Sets whole channels of images to zero in training and scales the others up.",
  params = { rate = { default = 0.5, min = 0, max = 1, doc = "share of the channels that is dropped" } },
  children = function(self)
    return { mask = nj.nn.dropout(self.rate) }
  end,
  forward = function(self, x)
    if not self.training or self.rate == 0 then
      return x
    end
    return x * self.mask(nj.ones({ x:size(1), 1, 1, x:size(-1) }, { dtype = x:dtype() }))
  end,
}
