-- What a loss is told of its batch in training: all of it where forward takes it, alone or as part of another loss.
local nj = require "nightjar"
local test = require "nightjar.test"

local data = nj.data.from_tensors {
  name = "six", inputs = nj.randn({ 6, 3 }, { seed = 4 }), classes = 2,
  labels = nj.tensor({ 1, 2, 2, 1, 1, 2 }, { dtype = "int32" }),
}

-- A loss that looks at its batch, as `forward` has it, and the batches it saw in training.
local function watching(signature)
  local seen = {}
  local function note(batch, logits, labels)
    if batch and batch.training then
      seen[#seen + 1] = { batch.count, batch.epoch, batch.indices:numel(), batch.inputs:size(2) }
    end
    return -logits:log_softmax():pick(labels)
  end
  local forwards = {
    fourth = function(_, logits, labels, batch) return note(batch, logits, labels) end,
    rest = function(_, logits, ...)
      local labels, batch = ...
      return note(batch, logits, labels)
    end,
  }
  return nj.loss { name = "watching", forward = forwards[signature] } {}, seen
end

local function train(loss)
  nj.trainer {
    model = nj.models.mlp { inputs = 3, hidden = { 2 }, classes = 2 }, loss = loss, optimizer = nj.optim.sgd {},
    learning_rate = 0.1, batch_size = 4,
  }:fit(data, { epochs = 1 })
end

local expected = { { 4, 1, 4, 3 }, { 2, 1, 2, 3 } }

test("forward gets the batch as its fourth argument, or among the rest", function(t)
  for _, signature in ipairs { "fourth", "rest" } do
    local loss, seen = watching(signature)
    train(loss)
    t.equal(seen, expected)
  end
end)

test("a loss inside another gets the batch, though the others around it do not look at one", function(t)
  local loss, seen = watching "fourth"
  train(0.5 * nj.losses.cce {} + 0.5 * nj.weighted(loss, { classes = { 1, 2 } }))
  t.equal(seen, expected)
end)

test("weights of samples find their batch around a loss that looks at none", function(t)
  local loss, seen = watching "fourth"
  train(nj.weighted(nj.losses.cce {}, { samples = { 1, 2, 3, 4, 5, 6 } }) + 0 * loss)
  t.equal(seen, expected)
  train(nj.weighted(nj.losses.cce {}, { samples = { 1, 2, 3, 4, 5, 6 } }))
end)
