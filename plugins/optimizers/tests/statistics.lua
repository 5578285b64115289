-- Averaged weights are judged with running statistics of their own.
local nj = require "nightjar"
local test = require "nightjar.test"

local data = nj.data.load("digits").train:first(600)

local function fitted(average, statistics, batch_size)
  local model = nj.nn.sequential {
    nj.nn.flatten(), nj.nn.linear(64, 16), nj.nn.batch_norm(16), nj.nn.relu(), nj.nn.linear(16, 10),
  }
  local trainer = nj.trainer {
    model = model, loss = nj.losses.cce {}, optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = 0.5,
    batch_size = batch_size or 64, average = average, average_statistics = statistics, seed = 1,
  }
  local records = trainer:fit(data, { epochs = 2 })
  return model, trainer, records[#records]
end

-- The share of the training set that the model gets right, with its running statistics as they are.
local function accuracy(model)
  return 100 * model:forward(data:inputs()):argmax(-1):eq(data:labels()):float():mean():item()
end

local function with_averages(model, trainer)
  local state = model:state()
  for path, value in pairs(trainer:averages()) do
    state[path] = value
  end
  model:load(state)
  return model
end

for _, make in ipairs { nj.ema, nj.averages.mean } do
  for _, statistics in ipairs { "recomputed", "averaged", "running" } do
    local average = make {}
    test(tostring(average) .. " is judged with statistics that are " .. statistics, function(t)
      local model, trainer, record = fitted(average, statistics)
      t.near(accuracy(with_averages(model, trainer)), record.j1, 0.11)
    end)
  end

  test(tostring(make {}) .. " has the statistics of the whole training set by itself", function(t)
    -- With one batch, the statistics of a pass are those of the data.
    local model, trainer = fitted(make {}, nil, 600)
    with_averages(model, trainer)
    local hidden = nj.nn.linear(64, 16)
    local averages = trainer:averages()
    hidden:load { weight = averages["layers.2.weight"], bias = averages["layers.2.bias"] }
    local values = hidden:forward(data:inputs():flatten(2))
    t.near(averages["layers.3.running_mean"], values:mean(1):totable(), 1e-4)
    t.near(averages["layers.3.running_var"], values:var(1):totable(), 1e-3)
  end)
end

test("statistics of averages are one of three", function(t)
  t.error_with(function() fitted(nj.ema {}, "fresh") end,
    "'average_statistics' of nj.trainer is one of recomputed, averaged, running, got \"fresh\"")
  t.error_with(function() fitted(nil, "averaged") end,
    "'average_statistics' of nj.trainer says what averages are judged with, and there are none: give it average = "
      .. "nj.ema { decay = 0.999 } as well")
end)
