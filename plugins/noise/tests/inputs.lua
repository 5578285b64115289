-- Noise in inputs: the contract, and data sets after it.
local nj = require "nightjar"
local test = require "nightjar.test"

local digits = nj.data.load("digits").train:first(200)
local images = digits:inputs()

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^plugins/noise/tests/inputs.lua:%d+: (.*)$") or message
end

local models = {
  shuffled_pixels = {}, random_pixels = {}, gaussian = {}, rand_x = { fraction = 0.3 },
  additive_gaussian = {}, salt = {}, blur = {}, open_set = { images = images:flip(1), fraction = 0.3 },
}

for name, parameters in pairs(models) do
  test(name .. " keeps labels, true labels and names, is frozen by its seed, and leaves the data set as it was",
    function(t)
      local noise, before = nj.noise[name](parameters), images:totable()
      local one, mask = digits:with_noise(noise, { seed = 4 })
      t.equal(images, before)
      t.equal(#one, 200)
      t.equal(one:labels(), digits:labels():totable())
      t.equal(one:true_labels(), digits:true_labels():totable())
      t.equal(one:noise_rate(), 0)
      t.equal(one:inputs(), digits:with_noise(noise, { seed = 4 }):inputs():totable())
      t.equal(one:inputs():shape(), { 200, 8, 8, 1 })
      local differs = one:inputs():ne(images):reshape(200, 64):any(-1)
      t.equal(differs:logical_and(mask:logical_not()):any():item(), false)
      t.ok(differs:any():item())
      if name ~= "blur" then
        local other = digits:with_noise(noise, { seed = 5 }):inputs()
        t.ok(other:ne(one:inputs()):any():item(), "another seed")
      end
    end)
end

test("labels given before stay under noise of inputs", function(t)
  local noisy = digits:with_labels(nj.noise.uniform { rate = 0.4, count = "exact" }, { seed = 1 })
  local changed = noisy:with_noise(nj.noise.gaussian {}, { seed = 2 })
  t.equal(changed:labels(), noisy:labels():totable())
  t.equal(changed:noise_rate(), 0.4)
end)

test("with_noise takes label noise as with_labels does, and with_labels refuses noise of inputs", function(t)
  local noise = nj.noise.uniform { rate = 0.3 }
  local changed, mask = digits:with_noise(noise, { seed = 3 })
  t.equal(changed:labels(), digits:with_labels(noise, { seed = 3 }):labels():totable())
  t.equal(mask:any():item(), false)
  t.equal(message_of(function() digits:with_labels(nj.noise.blur {}) end), "noise model 'blur' changes inputs, which "
    .. "with_labels leaves as they are: write data:with_noise(noise, { seed = 1 })")
  t.equal(message_of(function() digits:with_noise(3) end),
    "with_noise takes a noise model, for example nj.noise.uniform { rate = 0.4 }, got 3")
  for _, method in ipairs { "with_noise", "with_labels" } do
    t.equal(message_of(function() digits[method](digits, "blur") end), method .. " takes a noise model, and 'blur' is "
      .. "the name of one: write nj.noise[\"blur\"] {} with its parameters")
    t.ok(message_of(function() digits[method](digits, "flip") end):find("there is no noise model 'flip': did you mean "
      .. "'pair_flip'?\n  known are ", 1, true))
  end
  t.equal(message_of(function() digits:with_noise(noise, { sed = 1 }) end),
    "with_noise has no option 'sed': did you mean 'seed'?\n  options are seed")
end)

test("a model may change inputs and labels together", function(t)
  local swap = nj.noise {
    name = "swap",
    apply = function(_, labels, ctx) return labels % ctx.classes + 1 end,
    inputs = function(_, inputs, ctx)
      t.equal(ctx.labels, digits:true_labels():totable())
      t.equal(ctx.classes, 10)
      return -inputs
    end,
  } {}
  local changed = digits:with_noise(swap, { seed = 1 })
  t.equal(changed:noise_rate(), 1)
  t.equal(changed:inputs(), (-images):totable())
end)

test("a test set shuffled with the same seed is shuffled alike", function(t)
  local noise = nj.noise.shuffled_pixels {}
  local one = noise:inputs(images, { seed = 9 })
  t.equal(noise:inputs(images:narrow(1, 50, 20), { seed = 9 }), one:narrow(1, 50, 20):totable())
  -- What is in an image stays in it.
  t.near(one:reshape(200, 64):sort(-1), images:reshape(200, 64):sort(-1):totable(), 0)
end)

test("each image has an order of its own, of what is in it", function(t)
  local changed = nj.noise.random_pixels {}:inputs(images, { seed = 9 })
  t.near(changed:reshape(200, 64):sort(-1), images:reshape(200, 64):sort(-1):totable(), 0)
  local same = nj.ones(3, 1) * nj.arange(64):reshape(1, 64)
  local orders = nj.noise.random_pixels {}:inputs(same, { seed = 9 })
  t.ok(orders:narrow(1, 1, 1):ne(orders:narrow(1, 2, 1)):any():item())
end)

test("a sample's noise depends on its position, however blocks are cut", function(t)
  -- Blocks of 4,194,304 numbers: five samples each here.
  local large = nj.zeros(12, 800000)
  for _, name in ipairs { "gaussian", "additive_gaussian" } do
    local noise = nj.noise[name] {}
    local inputs = large + nj.arange(12):reshape(12, 1)
    local all = noise:inputs(inputs, { seed = 1 })
    local expected = nj.random_stream(1, "input noise"):normal(11 * 800000 + 3):narrow(1, 11 * 800000 + 1, 3):float()
    local mean, deviation = inputs:mean(), inputs:std({ correction = 0 })
    local got = all:narrow(1, 12, 1):narrow(2, 1, 3):reshape(3)
    t.near(got, (name == "gaussian" and mean + deviation * expected or 11 + 0.1 * deviation * expected):totable(), 1e-5)
  end
end)

test("noise of the data's statistics has them", function(t)
  local colours = nj.cat({ images * 2 + 1, images - 3 }, 4)
  local changed = nj.noise.gaussian {}:inputs(colours, { seed = 1 })
  for channel = 1, 2 do
    local own, made = colours:narrow(4, channel, 1), changed:narrow(4, channel, 1)
    local deviation = own:std():item()
    t.near(made:mean():item(), own:mean():item(), 4 * deviation / math.sqrt(12800))
    t.near(made:std():item() / deviation, 1, 4 / math.sqrt(2 * 12800))
  end
end)

test("salt and pepper are the data's ends, in their shares", function(t)
  local changed = nj.noise.salt { share = 0.2, salt = 0.25 }:inputs(images:narrow(1, 1, 200) * 0, { seed = 1 })
  t.equal(changed:abs():max():item(), 0)
  local ramp = nj.linspace(-1, 3, 12800):reshape(200, 8, 8, 1)
  changed = nj.noise.salt { share = 0.2, salt = 0.25 }:inputs(ramp, { seed = 1 })
  t.near(changed:eq(3):double():mean():item(), 0.05, 4 * math.sqrt(0.05 * 0.95 / 12800) + 1 / 12800)
  t.near(changed:eq(-1):double():mean():item(), 0.15, 4 * math.sqrt(0.15 * 0.85 / 12800) + 1 / 12800)
end)

test("blur leaves a constant image as it is, and a point spreads", function(t)
  local noise = nj.noise.blur { deviation = 1.5 }
  t.near(noise:inputs(nj.ones(2, 5, 7, 3), { seed = 1 }), nj.ones(2, 5, 7, 3):totable(), 1e-6)
  t.equal(nj.noise.blur { deviation = 0 }:inputs(images, { seed = 1 }), images:totable())
  t.error_with(function() noise:inputs(nj.ones(2, 5), { seed = 1 }) end,
    "noise model 'blur' is for images (n, height, width, channels), got inputs of shape (2, 5)")
end)

test("open-set images are of the other data, under labels that stay", function(t)
  local other = nj.arange(1, 4):reshape(3, 1, 1, 1) * 100 + nj.zeros(3, 8, 8, 1)
  local changed, mask = digits:with_noise(nj.noise.open_set { images = other, fraction = 0.4, count = "exact" },
    { seed = 1 })
  t.equal(mask:int():sum():item(), 80)
  local first = changed:inputs():reshape(200, 64):min(-1)
  t.equal(first:ge(100):int(), mask:int():totable())
  t.equal(changed:labels(), digits:labels():totable())
  local by_name = nj.noise.open_set { images = "digits", fraction = 1 }:inputs(images, { seed = 1 })
  t.equal(by_name:shape(), { 200, 8, 8, 1 })
  t.error_with(function() nj.noise.open_set { images = nj.ones(2, 4, 4, 1) }:inputs(images, { seed = 1 }) end,
    "noise model 'open_set': its images have shape (4, 4, 1), those of the data (8, 8, 1)")
end)

test("what a model returns for inputs is looked at", function(t)
  local function message(result, mask)
    local noise = nj.noise { name = "own", inputs = function() return result, mask end } {}
    return message_of(function() noise:inputs(nj.ones(2, 3), { seed = 1 }) end)
  end
  t.equal(message(), "inputs of noise model 'own' must return inputs, it returned nothing: did it forget 'return'?")
  t.equal(message(nj.ones(2, 4)),
    "inputs of noise model 'own' got shape (2, 3) of float32 and returned (2, 4) of float32")
  t.equal(message(nj.ones({ 2, 3 }, { dtype = "float64" })),
    "inputs of noise model 'own' got shape (2, 3) of float32 and returned (2, 3) of float64")
  t.equal(message(nj.ones(2, 3), nj.ones(2)), "inputs of noise model 'own' must return as its second value a mask of 2 "
    .. "samples, got shape (2) of float32")
  t.equal(message_of(function() nj.noise.blur {}:inputs(nj.ones({ 2, 2, 2, 1 }, { dtype = "int32" })) end),
    "noise model 'blur' changes a tensor of inputs, float32 or float64, one entry a sample, got shape (2, 2, 2, 1) of "
    .. "int32")
  t.equal(message_of(function() return nj.noise { name = "own" } end),
    "noise model 'own' needs 'apply', which changes labels, 'matrix', which they are drawn from, or 'inputs'")
end)
