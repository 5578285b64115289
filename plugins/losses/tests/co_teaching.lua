-- Co-teaching against algorithm 1 of the paper, worked out sample by sample without tensors.
local nj = require "nightjar"
local test = require "nightjar.test"

local rows, classes = 10, 4
local function drawn(seed)
  return nj.randn({ rows, classes }, { seed = seed, name = "logits", dtype = "float64" }):copy()
end
local first, second = drawn(5), drawn(6)
local labels = nj.tensor({ 1, 2, 3, 4, 2, 1, 4, 3, 3, 1 }, { dtype = "int32" })

-- Cross-entropy and the probabilities of each sample.
local function plain(logits)
  local values, probabilities = {}, {}
  for i, row in ipairs(logits:totable()) do
    local sum, p = 0, {}
    for k, z in ipairs(row) do
      p[k] = math.exp(z)
      sum = sum + p[k]
    end
    for k = 1, classes do
      p[k] = p[k] / sum
    end
    values[i], probabilities[i] = -math.log(p[labels:totable()[i]]), p
  end
  return values, probabilities
end

-- The positions of the smallest values.
local function smallest(values, count)
  local order = {}
  for i = 1, #values do
    order[i] = i
  end
  table.sort(order, function(a, b) return values[a] < values[b] end)
  return { table.unpack(order, 1, count) }
end

-- What one model gets: the mean over samples that the other chose, and its gradient.
local function taught(logits, other, count)
  local values, probabilities = plain(logits)
  local value, gradient = 0, nj.zeros({ rows, classes }, { dtype = "float64" }):totable()
  for _, i in ipairs(smallest(plain(other), count)) do
    value = value + values[i] / count
    for k = 1, classes do
      gradient[i][k] = (probabilities[i][k] - (k == labels:totable()[i] and 1 or 0)) / count
    end
  end
  return value, gradient
end

local function batch_of(a, b, epoch)
  return { indices = nj.arange(1, rows + 1):int(), count = rows, epoch = epoch, step = 1, training = true,
    outputs = { a, b } }
end

for _, case in ipairs { { 1, 9 }, { 2, 8 }, { 4, 6 }, { 5, 5 }, { 50, 5 } } do
  local epoch, kept = case[1], case[2]
  test("each model learns in epoch " .. epoch .. " from " .. kept .. " samples that the other finds easy", function(t)
    local loss = nj.losses.co_teaching { forget = 0.5, warm_up = 5 }
    local value, gradients = nj.value_and_grad(function(both)
      return loss(both[1], labels, batch_of(both[1], both[2], epoch))
    end, { first, second })
    local one, first_gradient = taught(first, second, kept)
    local two, second_gradient = taught(second, first, kept)
    t.near(value, one + two, 1e-12)
    t.near(gradients[1], first_gradient, 1e-12)
    t.near(gradients[2], second_gradient, 1e-12)
  end)
end

test("at least one sample is kept, and all where nothing is to be forgotten", function(t)
  local most = nj.losses.co_teaching { forget = 0.99, warm_up = 1 }
  t.near(most(first, labels, batch_of(first, second, 9)), taught(first, second, 1) + taught(second, first, 1), 1e-12)
  local none = nj.losses.co_teaching { forget = 0 }
  t.near(none(first, labels, batch_of(first, second, 9)),
    (nj.losses.cce {} (first, labels):mean() + nj.losses.cce {} (second, labels):mean()):item(), 1e-12)
end)

test("a model with one output is answered with what to do", function(t)
  local set = nj.data.from_tensors { inputs = nj.ones(4, 3), labels = nj.tensor({ 1, 2, 1, 2 }, { dtype = "int32" }),
    classes = 2 }
  t.error_with(function()
    nj.trainer { model = nj.nn.linear(3, 2), loss = nj.losses.co_teaching {}, optimizer = nj.optim.sgd {},
      learning_rate = 0.1 }:fit(set, { epochs = 1 })
  end, "loss 'co_teaching' needs batch.outputs with 2 entries, and the model has 1 output: let its forward return as "
    .. "many tensors, or give the trainer several models")
end)
