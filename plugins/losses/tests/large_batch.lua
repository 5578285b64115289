-- However the samples of a step or of an evaluation are cut into batches, a weighted loss has the value and the
-- gradient of the one large batch, worked out here in Lua's own numbers.
local nj = require "nightjar"
local test = require "nightjar.test"

local classes, samples = { 1, 9 }, { 1, 2, 0, 4, 0.5, 3, 7 }
local given = { 1, 1, 1, 2, 2, 1, 2 }
local count = #given

local function labels()
  return nj.tensor(given, { dtype = "int32" })
end

-- The gradient of sample i is i: what a step takes off a weight is the weighted mean of the numbers.
local linear = nj.loss { name = "linear", forward = function(_, z) return z:sum(-1) end }

local kinds = {
  classes = { weights = function(i) return classes[given[i]] end, fields = { classes = classes } },
  samples = { weights = function(i) return samples[i] end, fields = { samples = samples } },
  both = { weights = function(i) return classes[given[i]] * samples[i] end,
    fields = { classes = classes, samples = samples } },
}

local function right(kind, normalize)
  local sum, total = 0, 0
  for i = 1, count do
    local weight = kinds[kind].weights(i)
    sum, total = sum + weight * i, total + weight
  end
  return sum / (normalize and total or count)
end

local function data()
  return nj.data.from_tensors {
    inputs = nj.arange(count):add(1):reshape(count, 1), labels = labels(), classes = 2,
  }
end

local function trained(loss, batch_size, accumulate, settings)
  local model = nj.nn.linear(1, 2, { bias = false, init = "zeros" })
  local fields = {
    model = model, loss = loss, optimizer = nj.optim.sgd {}, learning_rate = 1, batch_size = batch_size,
    accumulate = accumulate,
  }
  for name, value in pairs(settings or {}) do
    fields[name] = value
  end
  local trainer = nj.trainer(fields)
  local records = trainer:fit(data(), { epochs = 1 })
  return model, records[1], trainer
end

for kind, entry in pairs(kinds) do
  for _, normalize in ipairs { true, false } do
    local fields = { classes = entry.fields.classes, samples = entry.fields.samples, normalize = normalize }
    local loss = nj.weighted(linear {}, fields)
    local name = string.format("weights of %s%s", kind, normalize and ", normalised" or "")

    test("a step with " .. name .. " is that of one large batch", function(t)
      for _, cut in ipairs { { 7, 1 }, { 4, 2 }, { 3, 3 }, { 2, 4 }, { 1, 7 } } do
        local model = trained(loss, cut[1], cut[2])
        t.near(-model:parameters().weight:totable()[1][1], right(kind, normalize), 1e-6 * right(kind, normalize))
      end
    end)

    test("a sum of losses with " .. name .. " keeps denominators apart", function(t)
      local sum = 2 * loss + 0.5 * nj.weighted(linear {}, { classes = { 3, 1 }, normalize = true }) + linear {}
      local other, total = 0, 0
      for i = 1, count do
        local weight = given[i] == 1 and 3 or 1
        other, total = other + weight * i, total + weight
      end
      local expected = 2 * right(kind, normalize) + 0.5 * other / total + (count + 1) / 2
      for _, cut in ipairs { { 7, 1 }, { 3, 3 }, { 2, 4 } } do
        local model = trained(sum, cut[1], cut[2])
        t.near(-model:parameters().weight:totable()[1][1], expected, 1e-5 * math.abs(expected))
      end
    end)

    test("an evaluation with " .. name .. " does not depend on its batches", function(t)
      -- The logits of sample i sum to -2 * step * i.
      local expected = -2 * right(kind, normalize) ^ 2
      for _, size in ipairs { 7, 5, 2, 1 } do
        local _, record = trained(loss, 7, 1, { evaluation_batch_size = size })
        t.near(record.loss, expected, 1e-5 * math.abs(expected))
      end
    end)
  end
end

test("weights that are all 0 make a loss of 0, not NaN", function(t)
  local loss = nj.weighted(linear {}, { classes = { 0, 1 }, normalize = true })
  t.near(loss(nj.ones(2, 2), nj.tensor({ 1, 1 }, { dtype = "int32" })), { 0, 0 }, 0)
end)

test("a batch whose weights are all 0 changes nothing", function(t)
  for _, normalize in ipairs { true, false } do
    for _, accumulate in ipairs { 1, 2 } do
      local model = nj.nn.sequential { nj.nn.batch_norm(1), nj.nn.linear(1, 2) }
      local loss = nj.weighted(nj.losses.cce {}, { samples = { 0, 0, 0, 0, 0, 0, 0 }, normalize = normalize })
      local trainer = nj.trainer {
        model = model, loss = loss, optimizer = nj.optim.adam { weight_decay = 0.1 }, learning_rate = 0.1,
        batch_size = accumulate == 1 and 7 or 4, accumulate = accumulate, average = nj.ema { decay = 0.5 }, seed = 1,
        average_statistics = "averaged",
      }
      local before = {}
      for path, value in pairs(model:state()) do
        before[path] = value:totable()
      end
      trainer:fit(data(), { epochs = 2 })
      for path, value in pairs(model:state()) do
        t.near(value:flatten(), nj.tensor(before[path]):flatten():totable(), 0)
      end
      for path, value in pairs(trainer:averages()) do
        t.near(value:flatten(), nj.tensor(before[path]):flatten():totable(), 0)
      end
    end
  end
end)
