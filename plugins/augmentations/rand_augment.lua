local nj = require "nightjar"
local images = require "images.lua"

-- What each operation does with images of pixels from 0 to 255, for a strength from 0 to 1 and signs of 1 and -1, one
-- an image. Ranges are those of the paper's code as torchvision has them.
local operations = {
  identity = function(x) return x end,
  autocontrast = function(x) return images.autocontrast(x) end,
  equalize = function(x) return images.equalize(x) end,
  rotate = function(x, strength, signs) return images.rotate(x, 30 * strength * signs) end,
  solarize = function(x, strength, signs) return images.solarize(x, 0 * signs + 255 * (1 - strength)) end,
  posterize = function(x, strength, signs)
    return images.posterize(x, 0 * signs + 8 - math.floor(4 * strength + 0.5))
  end,
  colour = function(x, strength, signs) return images.saturation(x, 1 + 0.9 * strength * signs) end,
  contrast = function(x, strength, signs) return images.contrast(x, 1 + 0.9 * strength * signs) end,
  brightness = function(x, strength, signs) return images.brightness(x, 1 + 0.9 * strength * signs) end,
  sharpness = function(x, strength, signs) return images.sharpness(x, 1 + 0.9 * strength * signs) end,
  shear_x = function(x, strength, signs) return images.shear_x(x, 0.3 * strength * signs) end,
  shear_y = function(x, strength, signs) return images.shear_y(x, 0.3 * strength * signs) end,
  translate_x = function(x, strength, signs)
    return images.translate_x(x, (150 / 331 * x:size(3) * strength * signs):round())
  end,
  translate_y = function(x, strength, signs)
    return images.translate_y(x, (150 / 331 * x:size(2) * strength * signs):round())
  end,
}

-- In the order of the paper.
local all = {
  "identity", "autocontrast", "equalize", "rotate", "solarize", "colour", "posterize", "contrast", "brightness",
  "sharpness", "shear_x", "shear_y", "translate_x", "translate_y",
}

-- Each image changed by the operation that it drew: samples of one operation are changed together.
local function changed(self, x, choice, signs)
  local count, parts, order, place = x:size(1), {}, {}, 0
  local by_operation = {}
  for sample, number in ipairs(choice:totable()) do
    number = math.tointeger(number)
    by_operation[number] = by_operation[number] or {}
    table.insert(by_operation[number], sample)
  end
  for number = 1, #self.operations do
    local members = by_operation[number]
    if members then
      local positions = nj.tensor(members, { dtype = "int32" })
      parts[#parts + 1] = operations[self.operations[number]](x:index(1, positions):copy(), self.magnitude / 30,
        signs:index(1, positions):copy())
      for _, sample in ipairs(members) do
        place = place + 1
        order[sample] = place
      end
    end
  end
  local joined = #parts == 1 and parts[1] or nj.cat(parts, 1)
  return count == 1 and joined or joined:index(1, nj.tensor(order, { dtype = "int32" }))
end

-- Cubuk et al., "RandAugment: practical automated data augmentation with a reduced search space", NeurIPS 2020, section
-- 3: `count` operations drawn for each image, one after the other, all with one magnitude from 0 to 30. For CIFAR-10
-- they use 3 operations with magnitudes around 5 and WRN-28.
return nj.augmentation {
  name = "rand_augment",
  doc = "Some of fourteen operations on each image, drawn at random, with one magnitude (Cubuk et al. 2020).",
  keeps_labels = true,
  params = {
    count = { default = 2, type = "integer", min = 0, max = 100, doc = "operations on each image" },
    magnitude = { default = 9, min = 0, max = 30, doc = "how strong they are" },
    operations = { default = all, each = { type = "string", choices = all }, doc = "what is drawn from" },
    black = images.params.black, white = images.params.white,
  },
  check = function(self)
    return #self.operations == 0 and "'operations' is empty" or images.fault(self)
  end,
  forward = function(self, batch, _, draw)
    local x = images.check("rand_augment", batch.inputs)
    return images.as_pixels(self, "rand_augment", x, function(pixels)
      for _ = 1, self.count do
        local choice = (draw:uniform() * #self.operations):floor() + 1
        local signs = nj.where(draw:uniform():lt(0.5), 1, -1):to(pixels:dtype())
        pixels = changed(self, pixels:clamp(0, 255), choice, signs):copy()
      end
      return pixels
    end), batch.labels
  end,
}
