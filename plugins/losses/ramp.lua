-- What losses share whose weight grows in the course of training.

local ramp = {}

--- 0 in the first `warm_up` epochs, then in equal steps up to 1 in the last of `length` epochs, 1 from there on. Epochs
-- count from 1; without a batch training counts as over.
function ramp.value(batch, warm_up, length)
  if type(batch) ~= "table" or batch.epoch == nil then
    return 1
  end
  local into = batch.epoch - 1 - warm_up
  if into < 0 then
    return 0
  end
  return length > 1 and math.min(into / (length - 1), 1) or 1
end

return ramp
