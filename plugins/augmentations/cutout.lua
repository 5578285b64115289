local nj = require "nightjar"
local images = require "images.lua"

-- DeVries and Taylor, "Improved regularization of convolutional neural networks with Cutout", 2017, section 3.2: a
-- square around a pixel drawn from the whole image, cut off at the edges, becomes 0, which is the mean of normalised
-- inputs. They use 16 for CIFAR-10 and 8 for CIFAR-100.
return nj.augmentation {
  name = "cutout",
  doc = "A square of each image becomes grey, at a place of its own (DeVries and Taylor 2017).",
  keeps_labels = true,
  params = {
    size = { default = 16, type = "integer", min = 1, doc = "side of the square, in pixels" },
    value = { default = 0, min = -10, max = 10, doc = "what its pixels become" },
    rate = { default = 1, min = 0, max = 1, doc = "the share of images that are changed" },
  },
  forward = function(self, batch, _, draw)
    local x = images.check("cutout", batch.inputs)
    local count, height, width = x:size(1), x:size(2), x:size(3)
    local is_changed = draw:uniform():lt(self.rate)
    -- Whether each place along a side lies in the square.
    local function inside(extent, shape)
      local first = (draw:uniform() * extent):floor() - self.size // 2
      local places = nj.arange(extent, { dtype = x:dtype() }):reshape(shape)
      return places:ge(images.column(first)) & places:lt(images.column(first + self.size))
    end
    local square = inside(height, { 1, height, 1, 1 }) & inside(width, { 1, 1, width, 1 })
    return nj.where(square & is_changed:reshape(count, 1, 1, 1), self.value, x), batch.labels
  end,
}
