local nj = require "nightjar"
local blocks = require "blocks.lua"
local rates = require "rates.lua"

local function images_of(self)
  if type(self.images) == "string" then
    return nj.data.load(self.images).train:inputs()
  end
  return self.images
end

-- Wang et al., "Iterative learning with open-set noisy labels", CVPR 2018: images of other classes under labels that
-- stay. Each replaced image is drawn from all of the other data, with repeats.
return nj.noise {
  name = "open_set",
  doc = "Open-set noise of Wang et al. 2018: a fraction of the images comes from another data set, labels stay.",
  params = {
    images = { type = "any", doc = "the name of another data set, whose training images are taken as a model sees "
      .. "them, or a tensor of images" },
    fraction = rates.rate(0.4, "share of images that are replaced"),
    count = { default = "iid", choices = { "iid", "exact" }, doc = "each sample by itself, or a fixed number of all" },
  },
  example = { images = nj.arange(720):reshape(10, 6, 6, 2) },
  check = function(self)
    if type(self.images) ~= "string" and not (nj.is_tensor(self.images) and self.images:rank() > 1) then
      return "'images' is the name of a data set or a tensor of images"
    end
  end,
  inputs = function(self, inputs, ctx)
    local images = images_of(self)
    local wanted, came = inputs:shape(), images:shape()
    wanted[1], came[1] = nil, nil
    for axis = 2, math.max(inputs:rank(), images:rank()) do
      if wanted[axis] ~= came[axis] then
        error(string.format("noise model 'open_set': its images have shape (%s), those of the data (%s)",
          table.concat(images:shape(), ", ", 2), table.concat(inputs:shape(), ", ", 2)))
      end
    end
    local chosen = rates.mask({ rate = self.fraction, count = self.count }, ctx)
    local from = ctx.random:derive("image"):integers(ctx.count, 1, images:size(1))
    return blocks.map(inputs, function(part, count, first)
      local others = images:index(1, from:narrow(1, first, count)):to(inputs:dtype())
      return nj.where(blocks.column(chosen:narrow(1, first, count), part), others, part)
    end), chosen
  end,
}
