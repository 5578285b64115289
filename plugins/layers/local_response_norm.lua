local nj = require "nightjar"

-- Ones where two channels are neighbours: entry [i][j] says whether channel i counts in the sum of channel j.
local function neighbours(channels, size, dtype)
  local places = nj.arange(channels, { dtype = "float64" })
  local distance = places:unsqueeze(-1) - places:unsqueeze(1)
  -- As many below as above; of an even number one more below, as PyTorch has it.
  return (distance:ge(-(size // 2)) & distance:le((size - 1) // 2)):to(dtype)
end

-- Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", NeurIPS 2012, section 3.3, with
-- the sum divided by the size as PyTorch has it: x / (k + alpha / size * sum of squares)^beta.
return nj.layer {
  name = "local_response_norm",
  doc = "Divides each channel by a power of the squares of the channels beside it.",
  params = {
    size = { default = 5, type = "integer", min = 1, doc = "channels in a sum" },
    alpha = { default = 1e-4, min = 0, doc = "weight of the mean of squares" },
    beta = { default = 0.75, min = 0, max = 16, doc = "the power" },
    k = { default = 2, above = 0, doc = "what is added" },
  },
  forward = function(self, x)
    local channels = x:size(-1)
    local rows = x:square():reshape(x:numel() // channels, channels)
    local sums = rows:matmul(neighbours(channels, self.size, x:dtype())):reshape(x:shape())
    return x / (self.k + self.alpha / self.size * sums) ^ self.beta
  end,
}
