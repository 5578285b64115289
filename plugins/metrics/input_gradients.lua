-- Gradients of each sample's loss with respect to its own input.
local nj = require "nightjar"
local samples = require "samples.lua"

local gradients = {}

-- The gradients of losses with respect to inputs, as rows in float64. In evaluation mode no sample sees another, so
-- that one gradient of the sum has all.
local function rows(metric, model, x, y)
  local count = x:size(1)
  local gradient = nj.grad(function(given)
    return samples.losses(metric, (model:forward(given)), y):sum()
  end, x:copy())
  return gradient:reshape(count, gradient:numel() // count):double()
end

-- What f(inputs, labels) gives for each sample, part by part.
local function joined(inputs, labels, size, f)
  local parts = {}
  samples.each_batch(inputs, labels, size, function(x, y)
    parts[#parts + 1] = f(x, y):copy()
  end)
  return #parts == 1 and parts[1] or nj.cat(parts, 1):copy()
end

--- The sums of absolute values of the gradients, one a sample (float64).
function gradients.lengths(metric, model, inputs, labels, size)
  return joined(inputs, labels, size, function(x, y)
    return rows(metric, model, x, y):abs():sum(-1)
  end)
end

--- The mean over `draws` directions v of entries 1 and -1 of |gradient(x + step v) - gradient(x)|^2 / step^2: about the
--- sum of the squares of the loss's second derivatives. Direction n of a sample depends on n and its position alone.
function gradients.curvatures(metric, model, inputs, labels, size, draws, step)
  local numbers = inputs:numel() // inputs:size(1)
  local streams = {}
  for n = 1, draws do
    streams[n] = nj.random_stream(0, "curvature"):derive("direction " .. n)
  end
  return joined(inputs, labels, size, function(x, y)
    local here, sum = rows(metric, model, x, y):copy(), nil
    for n = 1, draws do
      local signs = nj.where(streams[n]:uniform(x:size(1) * numbers):lt(0.5), 1, -1):reshape(x:shape()):to(x:dtype())
      local change = (rows(metric, model, x + step * signs, y) - here) / step
      sum = (sum and sum + change:square():sum(-1) or change:square():sum(-1)):copy()
    end
    return sum / draws
  end)
end

--- The Gini coefficient of numbers that are not negative: 0 where all are equal, near 1 where one has all.
function gradients.gini(values)
  local sorted = values:double():sort()
  local n = values:numel()
  local ranks = nj.arange(1, n + 1, { dtype = "float64" })
  local total = sorted:sum():item()
  return total == 0 and 0 or ((2 * ranks - n - 1) * sorted):sum():item() / (n * total)
end

return gradients
