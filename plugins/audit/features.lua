-- What models see of images besides the images themselves: descriptors with which a small model tells pictures of
-- things apart that it would need a large network for.
local nj = require "nightjar"

local features = {}

features.param = {
  default = "inputs", choices = { "inputs", "gradients" },
  doc = "what models see: the inputs, or of images the orientations of their gradients and the colours of their cells",
}

-- Height and width of a cell, in pixels; orientations without a direction; images at a time.
local side, orientations, block = 4, 9, 2000

-- How narrowly a gradient votes for the orientations next to its own: half as much at 17 degrees, a little less than
-- the 20 degrees that they lie apart.
local sharpness = 16

-- A length that is not 0.
local least = 1e-6

-- Differences of the pixels on both sides of each, along an axis; at the edges to the pixel itself.
local function slope(x, axis)
  local size = x:size(axis)
  local before = nj.cat({ x:narrow(axis, 1, 1), x:narrow(axis, 1, size - 1) }, axis)
  local after = nj.cat({ x:narrow(axis, 2, size - 1), x:narrow(axis, size, 1) }, axis)
  return after - before
end

-- Rows of unit length, cut at 0.2 so that no edge outweighs the others (Dalal and Triggs 2005, L2-Hys).
local function normalised(x)
  local once = x / (x:square():sum(-1, { keep = true }) + least):sqrt()
  local cut = once:minimum(0.2)
  return cut / (cut:square():sum(-1, { keep = true }) + least):sqrt()
end

-- Histograms of oriented gradients after Dalal and Triggs (CVPR 2005): over cells, normalised over blocks of two by
-- two; then the mean colours of the cells.
local function gradients(x)
  local dy, dx = slope(x, 2), slope(x, 3)
  local length, votes = (dx:square() + dy:square() + least):sqrt(), {}
  for k = 1, orientations do
    local angle = math.pi * (k - 1) / orientations
    local along = (dx * math.cos(angle) + dy * math.sin(angle)):abs()
    votes[k] = (length * (along / length):pow(sharpness)):sum(-1, { keep = true })
  end
  local cells = nj.cat(votes, -1):avg_pool2d(side)
  local count, rows, columns = cells:size(1), cells:size(2), cells:size(3)
  local corners = {}
  for dr = 1, math.min(2, rows) do
    for dc = 1, math.min(2, columns) do
      corners[#corners + 1] = cells:narrow(2, dr, math.max(1, rows - 1)):narrow(3, dc, math.max(1, columns - 1))
    end
  end
  local colours = x:avg_pool2d(side)
  return nj.cat({ normalised(nj.cat(corners, -1)):reshape(count, -1), colours:reshape(count, -1) }, -1)
end

--- What models see of inputs, each number with mean 0 and deviation 1 over them.
function features.of(owner, wanted, inputs)
  if wanted == "inputs" then
    return inputs
  elseif inputs:rank() ~= 4 or inputs:size(2) < side or inputs:size(3) < side then
    error(string.format("%s: features 'gradients' are of images (samples, height, width, channels) of %d pixels at "
      .. "least each way, got (%s)", owner, side, table.concat(inputs:shape(), ", ")))
  end
  local parts, count = {}, inputs:size(1)
  for first = 1, count, block do
    parts[#parts + 1] = gradients(inputs:narrow(1, first, math.min(block, count - first + 1))):copy()
  end
  local x = #parts == 1 and parts[1] or nj.cat(parts, 1)
  local deviation = x:std(1, { keep = true, correction = 0 })
  return ((x - x:mean(1, { keep = true })) / nj.where(deviation:gt(0), deviation, 1)):copy()
end

return features
