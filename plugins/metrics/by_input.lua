-- Numbers of each training sample that are worked out from its input: f(inputs, labels) gives those of all samples that
-- have a label, the others have nan.
local nj = require "nightjar"
local samples = require "samples.lua"

return function(metric, evaluation, f)
  local chosen = samples.of(metric, evaluation)
  if chosen == nil then
    return nil
  end
  local inputs, labels, positions = samples.some(chosen, chosen.count)
  local values = f(inputs, labels)
  if chosen.positions == nil then
    return values
  end
  local filled = nj.zeros({ evaluation.labels:numel() }, { dtype = "float64" }):scatter_add(1, positions, values)
  return nj.where(evaluation.keep, filled, 0 / 0)
end
