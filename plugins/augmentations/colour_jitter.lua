local nj = require "nightjar"
local images = require "images.lua"

local function strength(default, most, doc)
  return { default = default, min = 0, max = most, doc = doc }
end

-- Brightness, contrast, saturation and hue, each by a random amount for each image, in this order (torchvision's
-- ColorJitter, which draws an order for each image).
return nj.augmentation {
  name = "colour_jitter",
  doc = "Brightness, contrast, saturation and hue of each image change at random.",
  keeps_labels = true,
  params = {
    brightness = strength(0.4, 10, "factors are from 1 - this (at least 0) to 1 + this"),
    contrast = strength(0.4, 10, "likewise, of the distance to the image's mean grey"),
    saturation = strength(0.4, 10, "likewise, of the distance to grey; images of three channels"),
    hue = strength(0.1, 0.5, "parts of the circle of hues by which all move, to either side; images of three channels"),
    black = images.params.black, white = images.params.white,
  },
  check = images.fault,
  forward = function(self, batch, _, draw)
    local x = images.check("colour_jitter", batch.inputs)
    -- Drawn always, so that each has its own stream whatever the others are.
    local function factors(most)
      return draw:uniform(math.max(0, 1 - most), 1 + most)
    end
    local brightness, contrast = factors(self.brightness), factors(self.contrast)
    local saturation, hue = factors(self.saturation), draw:uniform(-self.hue, self.hue)
    return images.as_pixels(self, "colour_jitter", x, function(pixels)
      pixels = images.contrast(images.brightness(pixels, brightness), contrast)
      return images.hue(images.saturation(pixels, saturation), hue)
    end), batch.labels
  end,
}
