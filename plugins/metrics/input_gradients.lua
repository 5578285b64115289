-- Gradients of each sample's loss with respect to its own input.
local nj = require "nightjar"
local samples = require "samples.lua"

local gradients = {}

--- The sums of absolute values of the gradients, one a sample (float64). In evaluation mode no sample sees another, so
--- that one gradient of the sum has all.
function gradients.lengths(metric, model, inputs, labels, size)
  local parts = {}
  samples.each_batch(inputs, labels, size, function(x, y, count)
    local gradient = nj.grad(function(given)
      return samples.losses(metric, (model:forward(given)), y):sum()
    end, x:copy())
    parts[#parts + 1] = gradient:abs():reshape(count, gradient:numel() // count):double():sum(-1):copy()
  end)
  return #parts == 1 and parts[1] or nj.cat(parts, 1):copy()
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
