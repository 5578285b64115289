local nj = require "nightjar"
local blocks = require "blocks.lua"

-- Row i has the weights by which pixel i is made of the pixels along one side: a normal density of their distance,
-- divided by its sum, so that nothing darkens at the edges.
local function weights(extent, deviation, dtype)
  local places = nj.arange(extent, { dtype = "float64" })
  local distance = places:unsqueeze(-1) - places:unsqueeze(1)
  local density = (-distance:square() / (2 * deviation ^ 2)):exp()
  return (density / density:sum(-1, { keep = true })):to(dtype):copy()
end

-- A rung of the ladder of corruptions.
return nj.noise {
  name = "blur",
  doc = "Images blurred with a Gaussian kernel; nothing is drawn.",
  params = { deviation = { default = 1, min = 0, doc = "of the kernel, in pixels; 0 leaves images as they are" } },
  inputs = function(self, inputs)
    if inputs:rank() ~= 4 then
      error("noise model 'blur' is for images (n, height, width, channels), got inputs of shape ("
        .. table.concat(inputs:shape(), ", ") .. ")")
    elseif self.deviation == 0 then
      return inputs
    end
    local rows = weights(inputs:size(2), self.deviation, inputs:dtype())
    local columns = weights(inputs:size(3), self.deviation, inputs:dtype())
    return blocks.map(inputs, function(part)
      return nj.einsum("nyxc,iy,jx->nijc", part, rows, columns)
    end)
  end,
}
