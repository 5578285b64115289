-- Inputs changed some samples at a time, so that the numbers drawn for a large data set need little memory. What is
-- drawn for a sample depends on its position alone, however blocks are cut.
local nj = require "nightjar"

-- Numbers in a block.
local room = 1 << 22

local blocks = {}

--- Joins what f(part, count, first) gives for `count` samples from position `first` on.
function blocks.map(inputs, f)
  local count = inputs:size(1)
  local step, parts = math.max(1, room // (inputs:numel() // count)), {}
  for first = 1, count, step do
    local size = math.min(step, count - first + 1)
    parts[#parts + 1] = f(inputs:narrow(1, first, size), size, first):copy()
  end
  return #parts == 1 and parts[1] or nj.cat(parts, 1):copy()
end

--- Numbers of a stream in the shape and type of a block, which follow those of the block before.
function blocks.drawn(random, kind, part)
  return random[kind](random, part:numel()):reshape(part:shape()):to(part:dtype())
end

--- Mean and standard deviation of each channel over a data set; inputs that are no images are one channel.
function blocks.statistics(inputs)
  if inputs:rank() ~= 4 then
    return inputs:mean():copy(), inputs:std({ correction = 0 }):copy()
  end
  local places = { 1, 2, 3 }
  return inputs:mean(places, { keep = true }):copy(), inputs:std(places, { keep = true, correction = 0 }):copy()
end

--- Least and largest number of each channel over a data set.
function blocks.range(inputs)
  local least, most = inputs, inputs
  if inputs:rank() ~= 4 then
    return inputs:min():copy(), inputs:max():copy()
  end
  for axis = 1, 3 do
    least, most = least:min(axis, { keep = true }), most:max(axis, { keep = true })
  end
  return least:copy(), most:copy()
end

--- Images of normal noise with the data's mean and deviation of each channel, for each sample its own.
function blocks.gaussian(inputs, random)
  local mean, deviation = blocks.statistics(inputs)
  return blocks.map(inputs, function(part)
    return mean + deviation * blocks.drawn(random, "normal", part)
  end)
end

--- A column of numbers a sample, to go with inputs.
function blocks.column(values, inputs)
  local extents = { values:numel() }
  for axis = 2, inputs:rank() do
    extents[axis] = 1
  end
  return values:reshape(extents)
end

return blocks
