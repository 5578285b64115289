-- Every parameter of everything that plugins provide, outside, at and inside its range: what is outside is refused with
-- its name and the line of the script; what is taken works.
local nj = require "nightjar"
local test = require "nightjar.test"

local nan, inf = 0 / 0, math.huge
local largest_float32 = 3.4028234663852886e38

local function message_of(f)
  local fine, message = pcall(f)
  return not fine and tostring(message) or nil
end

local function show(value)
  return type(value) == "number" and tostring(value) or nj.is_tensor(value) and "a tensor" or type(value)
end

local function kind_of(spec)
  return spec.type or type(spec.default)
end

local function next_to(number, towards)
  return number + (towards > number and 1 or -1) * math.max(math.abs(number), 1e-30) * 1e-9
end

-- ---- Values to try --------------------------------------------------------------------------------------------------

local function holds_infinity(spec)
  return spec.max == inf or spec.min == -inf or spec.default == inf
end

-- Outside the range that a declaration gives.
local function outside(spec)
  local kind, list = kind_of(spec), {}
  local function add(value) list[#list + 1] = value end
  if kind == "number" or kind == "integer" then
    for _, value in ipairs { "text", {}, true, print, nj.ones(2), nan } do
      add(value)
    end
    if not holds_infinity(spec) then
      add(inf)
      add(-inf)
      add(1e300)
      add(-1e300)
    end
    if kind == "integer" then
      add(2.5)
      add(1e19)
    end
    if spec.min and spec.min > -inf then add(kind == "integer" and spec.min - 1 or next_to(spec.min, -inf)) end
    if spec.max and spec.max < inf then add(kind == "integer" and spec.max + 1 or next_to(spec.max, inf)) end
    add(spec.above)
    add(spec.below)
  elseif kind == "boolean" then
    for _, value in ipairs { "true", 1, {}, nj.ones(1) } do
      add(value)
    end
  elseif kind == "string" then
    for _, value in ipairs { 1, true, {}, nj.ones(1) } do
      add(value)
    end
    if spec.choices then add("none of them") end
  elseif kind == "table" then
    for _, value in ipairs { "text", 1, true, nj.ones(1) } do
      add(value)
    end
    local entry = spec.each and (spec.each.min or spec.each.choices and spec.each.choices[1]) or 1
    add { entry, nil, entry }
    for _, value in ipairs(spec.each and outside(spec.each) or {}) do
      add { entry, value }
    end
  end
  return list
end

-- In the range, its ends included, as far as they are part of it.
local function inside(spec)
  local kind, list = kind_of(spec), {}
  local function add(value) list[#list + 1] = value end
  if kind == "number" or kind == "integer" then
    local low, high = spec.min or spec.above, spec.max or spec.below
    add(spec.default)
    add(spec.min)
    add(spec.max)
    if spec.above then add(next_to(spec.above, inf)) end
    if spec.below then add(next_to(spec.below, -inf)) end
    if low and high and high < inf then
      add(kind == "integer" and (low + high) // 2 or (low + high) / 2)
    elseif low then
      add(low + 3)
    end
    if kind == "integer" and spec.max == nil then add(2 ^ 53) end
    if kind == "number" and spec.max == nil and spec.below == nil then
      add(1e6)
    end
  elseif kind == "boolean" then
    list = { true, false }
  elseif kind == "string" then
    list = spec.choices or { spec.default }
  elseif kind == "table" then
    if spec.default then add(spec.default) end
    if spec.each and spec.each.choices then
      add(spec.each.choices)
    elseif spec.each then
      add { spec.each.min, spec.each.min + 1 }
    end
  end
  return list
end

-- ---- What is done with an object ------------------------------------------------------------------------------------

local function finite(t)
  return t:isfinite():all():item()
end

local rows, classes = 8, 4
local logits = nj.randn({ rows, classes }, { seed = 2, name = "logits" }) * 2
local labels = nj.tensor({ 1, 2, 3, 4, 4, 3, 2, 1 }, { dtype = "int32" })

local uses = {}

function uses.losses(loss)
  local function batch(z)
    local draw = { inputs = z, labels = labels, indices = nj.tensor({ 2, 1, 3, 5, 4, 6, 8, 7 }, { dtype = "int32" }) }
    return {
      indices = (nj.arange(rows) + 1):int(), inputs = z, count = rows, epoch = 3, step = 5, training = true,
      draws = { draw, draw }, views = { z * 0.5 }, outputs = { z, z * 0.5 }, model = function(x) return x end,
    }
  end
  -- Losses of labels 0 and 1 have one for every logit.
  local own = rawget(loss, "definition").labels == "binary" and labels:one_hot(classes) or labels
  local function measured(dtype)
    loss:prepare { samples = rows, classes = classes, dtype = dtype }
    return nj.value_and_grad(function(z) return loss(z, own, batch(z)):mean() end, logits:to(dtype))
  end
  local value, gradient = measured "float32"
  local exact, again = measured "float64":item(), measured "float64":item()
  -- Differences of powers, and logarithms of sums with 1, cancel near the ends unless they are written so that they do
  -- not. Losses that draw are other ones each time.
  local cancels = exact == again and math.abs(value:item() - exact) > 1e-3 * math.abs(exact) + 1e-6
  return finite(value) and finite(gradient) and not cancels
end

function uses.noise(noise)
  local definition = rawget(noise, "definition")
  local count, names = definition.classes or 3, {}
  for class = 1, count do
    names[class] = tostring(class)
  end
  if definition.check and definition.check(noise, count, names) then
    -- Parameters that do not go together with so many classes.
    return true
  end
  if definition.inputs then
    local images = nj.rand({ 6, 6, 6, 2 }, { seed = 1 })
    return finite((noise:inputs(images, { seed = 1 })))
  end
  local noisy = noise:apply(nj.tensor({ 1, 2, 3, 1, 2, 3 }, { dtype = "int32" }),
    { classes = count, names = names, seed = 1, features = nj.ones(6, 2) })
  return noisy:ge(1):all():item() and noisy:le(count):all():item()
end

function uses.schedules(schedule)
  for epoch = 1, 120 do
    local value = schedule(epoch, epoch * 10, { epochs = 120, steps_per_epoch = 10 })
    if not (value >= 0 and value <= largest_float32) then
      return false
    end
  end
  return true
end

function uses.optim(optimizer)
  local w = nj.tensor { 1, -2, 0 }
  local state = optimizer:start(w)
  for step = 1, 3 do
    w, state = optimizer:step(w, nj.tensor { 0.5, 0, -1e-3 }, state, 0.01, step)
  end
  return finite(w)
end

function uses.clips(clip)
  for _, size in ipairs { 1, 1e-20, 1e30 } do
    local g = nj.tensor { 3 * size, -4 * size, 0 }
    local measured, part = pcall(clip.part, clip, g)
    if not finite(clip:clipped(g, measured and clip:total(part):float() or nil)) then
      return false
    end
  end
  return true
end

function uses.averages(average)
  local mean = nj.tensor { 1, 2 }
  for step = 1, 3 do
    mean = average:next(mean, nj.tensor { step, -step }, step)
  end
  return finite(mean)
end

function uses.models(model)
  return model:parameter_count() > 0
end

function uses.layers(layer)
  return layer ~= nil
end

function uses.augmentations(augmentation)
  local set = nj.data.from_tensors { inputs = nj.rand({ rows, 3, 4, 1 }, { seed = 1 }), labels = labels,
    classes = classes }
  local records = nj.trainer { model = nj.nn.sequential { nj.nn.flatten(), nj.nn.linear(12, classes) },
    loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 1e-3, batch_size = 3, seed = 1,
    augment = augmentation }:fit(set, { epochs = 2 })
  return records[2].train_loss_running < 10 and records[2].loss < 10
end

uses.metrics, uses.callbacks = uses.layers, uses.layers

-- What has to be given, where a definition has no example.
local needed = {
  clips = { norm = { limit = 1 }, value = { limit = 1 } },
  optim = { sgd = { momentum = 0.9 } },
  models = { mlp = { inputs = 4, hidden = { 3 } } },
  layers = {
    concat = { branches = { nj.nn.relu() } }, parallel = { branches = { nj.nn.relu() } },
    residual = { body = nj.nn.relu() }, strided_pad = { channels = 2 },
    centre_crop = { height = 2, width = 2 },
  },
}

-- Extents of models that memory does not hold are refused when the model is built, by what builds it.
local function is_refusal(message, registry)
  return message:find("^lua/tests/parameters.lua:%d+: ") ~= nil or registry == "models" or registry == "layers"
end

for registry, use in pairs(uses) do
  for name, definition in pairs(nj[registry]) do
    local given = (needed[registry] or {})[name] or definition.example or {}
    local function made(parameter, value)
      local all = {}
      for key, item in pairs(given) do
        all[key] = item
      end
      all[parameter] = value
      return definition(all)
    end

    for _, parameter in ipairs(definition.specs.names) do
      local spec = definition.specs[parameter]
      local title = string.format("parameter '%s' of %s", parameter, tostring(definition))

      test(title .. " refuses what is outside its range", function(t)
        for _, value in ipairs(outside(spec)) do
          local message = message_of(function() return made(parameter, value) end)
          t.ok(message, show(value) .. " is taken")
          t.ok(message:find(title, 1, true) and message:find("^lua/tests/parameters.lua:%d+: "), message)
        end
      end)

      test(title .. " takes what is inside its range, and it works", function(t)
        for _, value in ipairs(inside(spec)) do
          local object
          local message = message_of(function() object = made(parameter, value) end)
          if message then
            -- Parameters that do not go together.
            t.ok(is_refusal(message, registry), message)
          else
            local fine, works = pcall(use, object)
            t.ok(fine, show(value) .. ": " .. tostring(works))
            t.ok(works, show(value) .. " is taken and gives what is no finite number, or wrong in float32")
          end
        end
      end)

      test(title .. " is declared with its ends", function(t)
        local kind = kind_of(spec)
        if kind == "number" then
          t.ok((spec.min or spec.above) ~= nil, "it has no lower end: give it min or above")
        end
        t.ok(spec.doc, "it has no doc")
      end)
    end
  end
end

test("a registry takes a name with parameters, as the command line writes it", function(t)
  local robust = nj.losses["rll{alpha=0.45}"]
  t.equal(robust {}.alpha, 0.45)
  t.equal(robust { alpha = 3 }.alpha, 0.45)
  t.equal(robust.name, "rll")
  t.equal(robust.specs.alpha.default, nj.losses.rll.specs.alpha.default)
  t.equal(#nj.models["mlp{hidden={16,8},inputs=4}"] {}:parameters(),
    #nj.models.mlp { hidden = { 16, 8 }, inputs = 4 }:parameters())
  t.equal(nj.losses["rll{}"] {}.alpha, nj.losses.rll {}.alpha)
  t.error_with(function() return robust(nj.ones { 2 }) end, "loss 'rll' is not made yet: call its definition with "
    .. "parameters first, {} for the defaults, and then what that returns with tensors")
  t.error_with(function() return robust + 1 end, "arithmetic needs a loss that is made, got the definition of loss "
    .. "'rll': call it with its parameters first, as in rll {}")
  t.error_with(function() robust.alpha = 1 end, "loss 'rll' is defined already: its definition does not change")
  t.error_with(function() return nj.losses["rll{alpha=-1}"] end,
    "loss rll{alpha=-1}: parameter 'alpha' of loss 'rll' must be at least 1e-12, got -1")
  t.error_with(function() return nj.losses["rll{alpha}"] end,
    "loss 'rll{alpha}': 'alpha' is no parameter: write name=value")
  t.error_with(function() return nj.noise["uniform{rate=0.4"] end,
    "noise model 'uniform{rate=0.4': a component is written as rll{alpha=0.45}")
end)
