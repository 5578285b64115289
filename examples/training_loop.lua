-- A training loop of one's own, without nj.trainer: a gradient is what a function returns, and a step makes a table
-- of new weights. Numbers that nj.record is given are metrics of the run like all others.
--
--   nightjar run examples/training_loop.lua
--   nightjar figure training_loop --y loss --title "A loop of one's own" -o training_loop.svg
local nj = require "nightjar"
local cfg = nj.config { epochs = 10, seed = 1, samples = 1000, batch = 100, learning_rate = 0.1, momentum = 0.9 }

local data = nj.data.load "digits"
local train = data.train:first(cfg.samples)
local inputs, labels = train:inputs(), train:labels()

local model = nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes }
model:initialize(cfg.seed)
local weights, velocity = model:parameters(), {}
for path, weight in pairs(weights) do
  velocity[path] = nj.zeros_like(weight)
end
local loss = nj.losses.cce {}

for epoch = 1, cfg.epochs do
  local order = nj.randperm(train:count(), { seed = cfg.seed, name = "order " .. epoch })
  local total, steps = 0, 0
  for first = 1, train:count(), cfg.batch do
    local chosen = order:narrow(1, first, math.min(cfg.batch, train:count() - first + 1))
    local value, gradients = nj.value_and_grad(function(parameters)
      local logits = model:forward(inputs:index(1, chosen), { parameters = parameters, training = true })
      return loss:mean(logits, labels:index(1, chosen))
    end, weights)
    local stepped = {}
    for path, weight in pairs(weights) do
      velocity[path] = (cfg.momentum * velocity[path] + gradients[path]):copy()
      stepped[path] = (weight - cfg.learning_rate * velocity[path]):copy()
    end
    weights = stepped
    total, steps = total + value:item(), steps + 1
  end
  nj.record { epoch = epoch, loss = total / steps }
  if epoch % 5 == 0 or epoch == cfg.epochs then
    print(string.format("epoch %d: loss %.4f", epoch, total / steps))
  end
end

model:load(weights)
local right = model:predict(data.test, { as = "classes" }):eq(data.test:labels())
print(string.format("test accuracy %.1f", 100 * right:float():mean():item()))
