-- Changes of images (n, height, width, channels) whose pixels go from 0 to 255, each image by a number of its own:
-- those of the Python Imaging Library, which AutoAugment and RandAugment use, without its rounding to whole numbers.
local nj = require "nightjar"

local images = {}

--- Refuses inputs that are no images.
function images.check(name, inputs)
  if inputs:rank() ~= 4 then
    error(string.format("augmentation '%s' is for images (n, height, width, channels), got inputs of shape (%s)", name,
      table.concat(inputs:shape(), ", ")))
  end
  return inputs
end

--- One number a sample, to go with images.
function images.column(values)
  return values:reshape(values:numel(), 1, 1, 1)
end

--- The parameters that say what inputs stand for black and white.
images.params = {
  black = { type = "any", default = 0, doc = "what a pixel of 0 is in the inputs; a number, or a list by channel" },
  white = { type = "any", default = 1, doc = "what a pixel of 255 is in the inputs; a number, or a list by channel" },
}

local function ends(value)
  return type(value) == "table" and value or { value }
end

--- What is wrong with these, or nil.
function images.fault(self)
  local black, white = ends(self.black), ends(self.white)
  for _, list in ipairs { black, white } do
    for _, value in ipairs(list) do
      if type(value) ~= "number" or value ~= value or math.abs(value) == math.huge then
        return "'black' and 'white' are numbers, or lists of numbers by channel"
      end
    end
    if nj.is_tensor(list) or #list == 0 then
      return "'black' and 'white' are numbers, or lists of numbers by channel"
    end
  end
  for i = 1, math.max(#black, #white) do
    if (black[i] or black[1]) == (white[i] or white[1]) then
      return "'black' and 'white' are the same"
    end
  end
end

local function row(values, channels, dtype, name)
  if #values ~= 1 and #values ~= channels then
    error(string.format("augmentation '%s': 'black' and 'white' are for %d channels, got images with %d", name, #values,
      channels))
  end
  return nj.tensor(values, { dtype = dtype }):reshape(1, 1, 1, #values)
end

--- Calls f(pixels from 0 to 255), and gives what it returns in the numbers of the inputs.
function images.as_pixels(self, name, inputs, f)
  local channels, dtype = inputs:size(4), inputs:dtype()
  local black, white = row(ends(self.black), channels, dtype, name), row(ends(self.white), channels, dtype, name)
  return f((inputs - black) * (255 / (white - black))) * ((white - black) / 255) + black
end

-- Mean of the colours as the eye sees them (ITU-R BT.601); of other numbers of channels their mean.
local function grey(x)
  if x:size(4) ~= 3 then
    return x:mean(4, { keep = true })
  end
  return 0.299 * x:narrow(4, 1, 1) + 0.587 * x:narrow(4, 2, 1) + 0.114 * x:narrow(4, 3, 1)
end

-- From one image to another, and beyond it where a factor is above 1.
local function blended(from, to, factors)
  return (from + images.column(factors) * (to - from)):clamp(0, 255)
end

--- Factor 0 is black, 1 the image itself.
function images.brightness(x, factors)
  return blended(0 * x, x, factors)
end

--- Factor 0 is the image's mean grey.
function images.contrast(x, factors)
  return blended(grey(x):mean({ 2, 3 }, { keep = true }) + 0 * x, x, factors)
end

--- Factor 0 has no colour.
function images.saturation(x, factors)
  return blended(grey(x) + 0 * x, x, factors)
end

--- Factor 0 is smoothed by windows of 3x3 with a weight of 5 in the middle; edges stay.
function images.sharpness(x, factors)
  local count, height, width, channels = table.unpack(x:shape())
  if height < 3 or width < 3 then
    return x
  end
  local sums = 4 * x:narrow(2, 2, height - 2):narrow(3, 2, width - 2)
  for dy = 1, 3 do
    for dx = 1, 3 do
      sums = sums + x:narrow(2, dy, height - 2):narrow(3, dx, width - 2)
    end
  end
  local y = nj.arange(height):reshape(1, height, 1, 1)
  local z = nj.arange(width):reshape(1, 1, width, 1)
  local is_inside = y:gt(0) & y:lt(height - 1) & z:gt(0) & z:lt(width - 1)
  local smooth = (sums / 13):pad { { 0, 0 }, { 1, 1 }, { 1, 1 }, { 0, 0 } }
  return blended(nj.where(is_inside:expand { count, height, width, channels }, smooth, x), x, factors)
end

--- Pixels from the threshold on are turned round.
function images.solarize(x, thresholds)
  return nj.where(x:ge(images.column(thresholds)), 255 - x, x)
end

--- So many bits of each pixel stay.
function images.posterize(x, bits)
  -- 2^(8 - bits); whole numbers of bits make whole steps.
  local step = images.column(((8 - bits) * math.log(2)):exp():round())
  return ((x:clamp(0, 255) + 1e-3):floor() / step):floor() * step
end

--- Each channel of an image goes from 0 to 255.
function images.autocontrast(x)
  local low, high = x, x
  for _, axis in ipairs { 2, 3 } do
    low, high = low:min(axis, { keep = true }), high:max(axis, { keep = true })
  end
  local range = high - low
  return nj.where(range:gt(0), (x - low) * 255 / nj.where(range:gt(0), range, 1), x)
end

--- Each channel of an image gets as many pixels of each level as of any other.
function images.equalize(x)
  local count, height, width, channels = table.unpack(x:shape())
  local levels = x:clamp(0, 255):round():permute(1, 4, 2, 3):reshape(count * channels, height * width)
  local positions = levels:int() + 1
  local counts = positions:reshape(count * channels * height * width):one_hot(256, { dtype = "float32" })
    :reshape(count * channels, height * width, 256):sum(2)
  -- The highest level that occurs does not count.
  local above = counts:flip(2):cumsum(2):flip(2)
  local last = nj.where(counts:gt(0) & above:eq(counts), counts, 0):sum(-1, { keep = true })
  local step = ((height * width - last) / 255):floor()
  local below = counts:cumsum(2) - counts
  local mapped = ((below + (step / 2):floor()) / step:maximum(1)):floor():clamp(0, 255)
  local new = mapped:gather(2, positions)
  local result = nj.where(step:gt(0), new, levels):reshape(count, channels, height, width):permute(1, 3, 4, 2)
  return result:to(x:dtype())
end

-- Pixel (column, row) of the result is that of (a u + b v + c, d u + e v + f) of the image, u and v measured from the
-- middle; the nearest one is taken, and black beyond the edges.
local function moved(x, a, b, c, d, e, f)
  local count, height, width, channels = table.unpack(x:shape())
  local function side(values)
    return type(values) == "number" and values or values:reshape(count, 1, 1)
  end
  local u = (nj.arange(width, { dtype = x:dtype() }) + (0.5 - width / 2)):reshape(1, 1, width)
  local v = (nj.arange(height, { dtype = x:dtype() }) + (0.5 - height / 2)):reshape(1, height, 1)
  local column = (side(a) * u + side(b) * v + side(c) + width / 2):floor() + nj.zeros({ count, height, width },
    { dtype = x:dtype() })
  local line = (side(d) * u + side(e) * v + side(f) + height / 2):floor() + nj.zeros({ count, height, width },
    { dtype = x:dtype() })
  local is_inside = column:ge(0) & column:lt(width) & line:ge(0) & line:lt(height)
  local place = line:clamp(0, height - 1) * width + column:clamp(0, width - 1)
  local positions = (place:int() + 1):reshape(count, height * width, 1):expand { count, height * width, channels }
  local taken = x:reshape(count, height * width, channels):gather(2, positions:copy()):reshape(x:shape())
  return nj.where(is_inside:reshape(count, height, width, 1), taken, 0)
end

--- Turned about the middle, counter-clockwise, by degrees.
function images.rotate(x, degrees)
  local angles = -degrees * (math.pi / 180)
  local cosine, sine = angles:cos(), angles:sin()
  return moved(x, cosine, sine, 0, -sine, cosine, 0)
end

--- Rows are moved in proportion to their distance from the upper edge.
function images.shear_x(x, factors)
  return moved(x, 1, factors, factors * (x:size(2) / 2), 0, 1, 0)
end

--- Columns are moved in proportion to their distance from the left edge.
function images.shear_y(x, factors)
  return moved(x, 1, 0, 0, factors, 1, factors * (x:size(3) / 2))
end

--- Moved to the left by so many pixels.
function images.translate_x(x, pixels)
  return moved(x, 1, 0, pixels, 0, 1, 0)
end

--- Moved upwards by so many pixels.
function images.translate_y(x, pixels)
  return moved(x, 1, 0, 0, 0, 1, pixels)
end

--- Hues are moved by a part of the circle, in the cylinder of hue, saturation and value; for three channels alone.
function images.hue(x, shares)
  if x:size(4) ~= 3 then
    return x
  end
  local r, g, b = x:narrow(4, 1, 1), x:narrow(4, 2, 1), x:narrow(4, 3, 1)
  local value, low = x:max(4, { keep = true }), x:min(4, { keep = true })
  local range = value - low
  local safe = nj.where(range:gt(0), range, 1)
  local sixth = nj.where(value:eq(r), (g - b) / safe, nj.where(value:eq(g), 2 + (b - r) / safe, 4 + (r - g) / safe))
  local hue = (nj.where(range:gt(0), sixth, 0) / 6 + images.column(shares)) % 1
  -- Channel n of the colour: value - range * max(0, min(k, 4 - k, 1)), k = (n + 6 hue) mod 6, n = 5, 3, 1.
  local parts = {}
  for i, n in ipairs { 5, 3, 1 } do
    local k = (n + 6 * hue) % 6
    parts[i] = value - range * k:minimum(4 - k):clamp(0, 1)
  end
  return nj.cat(parts, 4)
end

return images
