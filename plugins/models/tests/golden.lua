-- Networks against PyTorch's, with the same weights and images (data/golden.py).
local nj = require "nightjar"
local test = require "nightjar.test"
local golden = require "data/golden.lua"

local function sines(count, offset)
  local place = nj.arange(count, { dtype = "float64" }) % 9973
  return (0.013 * place * place + offset):sin()
end

-- The n-th parameter of a formula.
local function weight(number, path, shape)
  local count = 1
  for _, extent in ipairs(shape) do
    count = count * extent
  end
  local values = sines(count, number)
  if #shape == 4 then
    values = values * 1.5 / math.sqrt(shape[1] * shape[2] * shape[3])
  elseif #shape == 2 then
    values = values * 1.5 / math.sqrt(shape[1])
  else
    values = path:find("weight$") and 1 + 0.1 * values or 0.1 * values
  end
  return values:reshape(shape)
end

local function filled(model)
  model:initialize(1)
  local state, parameters = model:state(), model:parameters()
  for number, path in ipairs(model:parameter_paths()) do
    state[path] = weight(number, path, parameters[path]:shape())
  end
  model:load(state)
  return model
end

for _, case in ipairs(golden) do
  local title = case.name
  for name, value in pairs(case.parameters) do
    title = title .. ", " .. name .. " = " .. tostring(value)
  end
  test(title .. " gives PyTorch's logits and has as many parameters", function(t)
    local parameters = { dtype = "float64" }
    for name, value in pairs(case.parameters) do
      parameters[name] = value
    end
    local model = filled(nj.models[case.name](parameters))
    t.equal(model:parameter_count(), case.count)
    local extent, channels = case.extent, case.channels
    local images = sines(3 * extent * extent * channels, 0.5):reshape(3, extent, extent, channels)
    t.near((model:forward(images, { training = true })), case.logits, 1e-9)
  end)
end
