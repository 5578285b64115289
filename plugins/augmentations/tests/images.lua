-- Operations on images against the Python Imaging Library (data/pillow.py), and augmentations that use them.
local nj = require "nightjar"
local test = require "nightjar.test"
local golden = require "data/pillow.lua"
local images = require "../images.lua"

local extent = golden.extent
local image = nj.tensor(golden.pixels):reshape(1, extent, extent, 3):copy()

-- The same image once more, and turned round, so that each has a number of its own.
local function three(value)
  return nj.cat({ image, 255 - image, image }, 1):copy(), nj.tensor { value, value / 2, value }
end

for _, case in ipairs(golden) do
  test(case.name .. " of " .. tostring(case.value) .. " is that of the Python Imaging Library", function(t)
    local x, values = three(case.value or 0)
    local changed = images[case.name](x, values)
    t.equal(changed:shape(), { 3, extent, extent, 3 })
    for _, place in ipairs { 1, 3 } do
      t.near(changed:narrow(1, place, 1):reshape(extent * extent * 3), case.pixels, case.tolerance)
    end
  end)
end

test("operations leave images as they are where their numbers say so", function(t)
  for name, value in pairs { brightness = 1, contrast = 1, saturation = 1, sharpness = 1, rotate = 0, shear_x = 0,
    shear_y = 0, translate_x = 0, translate_y = 0, hue = 0, posterize = 8, solarize = 256 } do
    t.near(images[name](image, nj.tensor { value }), image:totable(), 1e-3)
  end
  local flat = image * 0 + 77
  t.near(images.autocontrast(flat), flat:totable(), 1e-4)
  t.near(images.equalize(flat), flat:totable(), 1e-4)
end)

test("images of one channel have no colours to change", function(t)
  local grey = image:narrow(4, 1, 1):copy()
  t.near(images.hue(grey, nj.tensor { 0.3 }), grey:totable(), 0)
  t.near(images.saturation(grey, nj.tensor { 0 }), grey:totable(), 1e-4)
  t.equal(images.equalize(grey):shape(), { 1, extent, extent, 1 })
end)

-- ---- In a training --------------------------------------------------------------------------------------------------

local count, classes = 12, 3
local inputs = nj.cat({ image, image:flip(2), image:flip(3) }, 1) / 255
inputs = nj.cat({ inputs, inputs * 0.8, inputs * 0.6, inputs * 0.5 }, 1):copy()
local labels = (nj.arange(count, { dtype = "int32" }) % classes + 1):copy()
local data = nj.data.from_tensors { inputs = inputs, labels = labels, classes = classes }

-- What a training shows its loss, by epoch and sample.
local function shown(augment, batch_size, seed, epochs)
  local seen = {}
  local spy = nj.loss {
    name = "spy", soft = true,
    forward = function(_, logits, rows, batch)
      if batch.training then
        local pictures = batch.inputs:reshape(batch.count, extent * extent * 3):totable()
        for i, sample in ipairs(batch.indices:totable()) do
          seen[batch.epoch] = seen[batch.epoch] or {}
          seen[batch.epoch][sample] = { image = pictures[i], labels = rows:totable()[i] }
        end
      end
      return -logits:log_softmax():pick(rows)
    end,
  } {}
  nj.trainer { model = nj.nn.sequential { nj.nn.flatten(), nj.nn.linear(300, classes) }, loss = spy,
    optimizer = nj.optim.sgd {}, learning_rate = 1e-6, batch_size = batch_size, seed = 1, train_seed = seed or 5,
    augment = augment }:fit(data, { epochs = epochs or 2 })
  return seen
end

local made = {
  cutout = function() return nj.augmentations.cutout { size = 4 } end,
  colour_jitter = function() return nj.augmentations.colour_jitter {} end,
  rand_augment = function() return nj.augmentations.rand_augment { count = 3 } end,
}

for name, make in pairs(made) do
  test(name .. " depends on seed, epoch and sample, not on how batches are cut, and leaves labels", function(t)
    local one, two, other = shown(make(), 5), shown(make(), 12), shown(make(), 5, 6)
    local differs, moves = 0, 0
    for epoch = 1, 2 do
      for sample = 1, count do
        t.near(one[epoch][sample].image, two[epoch][sample].image, 1e-4)
        t.equal(one[epoch][sample].labels, (sample - 1) % classes + 1)
        for place = 1, 300 do
          local value = one[epoch][sample].image[place]
          t.ok(value == value and value > -0.01 and value < 1.01, name .. " gives " .. value)
          differs = differs + (math.abs(value - other[epoch][sample].image[place]) > 1e-3 and 1 or 0)
          moves = moves + (math.abs(value - one[3 - epoch][sample].image[place]) > 1e-3 and 1 or 0)
        end
      end
    end
    t.ok(differs > 100 and moves > 100, "another seed and another epoch change " .. differs .. " and " .. moves)
  end)
end

test("nothing changes where nothing is asked for", function(t)
  local expected = inputs:reshape(count, 300):totable()
  for _, augment in ipairs { nj.augmentations.cutout { rate = 0 },
    nj.augmentations.colour_jitter { brightness = 0, contrast = 0, saturation = 0, hue = 0 },
    nj.augmentations.rand_augment { count = 0 }, nj.augmentations.rand_augment { operations = { "identity" } } } do
    local seen = shown(augment, 12, 5, 1)
    for sample = 1, count do
      t.near(seen[1][sample].image, expected[sample], 1e-5)
    end
  end
end)

test("black and white by channel say what the pixels are", function(t)
  -- Inputs as a data set normalises them.
  local mean, deviation = { 0.4, 0.5, 0.6 }, { 0.2, 0.25, 0.3 }
  local black, white = {}, {}
  for i = 1, 3 do
    black[i], white[i] = -mean[i] / deviation[i], (1 - mean[i]) / deviation[i]
  end
  local function channel(values)
    return nj.tensor(values):reshape(1, 1, 1, 3)
  end
  local normalised = ((image / 255 - channel(mean)) / channel(deviation)):copy()
  local settings = { black = black, white = white }
  local changed = images.as_pixels(settings, "own", normalised, function(pixels)
    t.near(pixels, image:totable(), 1e-3)
    return 255 - pixels
  end)
  t.near(changed * channel(deviation) + channel(mean), (1 - image / 255):totable(), 1e-4)
  t.error_with(function() images.as_pixels(settings, "own", image:narrow(4, 1, 2), function(x) return x end) end,
    "augmentation 'own': 'black' and 'white' are for 3 channels, got images with 2")
end)

test("parameters that make no sense are refused", function(t)
  local function message(f)
    local fine, text = pcall(f)
    return fine and "" or text:match("^plugins/augmentations/tests/images.lua:%d+: (.*)$") or text
  end
  t.equal(message(function() return nj.augmentations.rand_augment { black = 1, white = 1 } end),
    "augmentation 'rand_augment': 'black' and 'white' are the same")
  t.equal(message(function() return nj.augmentations.colour_jitter { black = "0" } end),
    "augmentation 'colour_jitter': 'black' and 'white' are numbers, or lists of numbers by channel")
  t.equal(message(function() return nj.augmentations.rand_augment { operations = {} } end),
    "augmentation 'rand_augment': 'operations' is empty")
end)
