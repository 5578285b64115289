local nj = require "nightjar"

-- He et al. 2016, option A: every second row and column, and zeros for the channels that are new, half on either side.
return nj.layer {
  name = "strided_pad",
  doc = "A way around a block without parameters: steps over rows and columns, adds channels of zeros.",
  params = {
    stride = { default = 2, type = "integer", min = 1, doc = "rows and columns from one to the next" },
    channels = { type = "integer", min = 0, doc = "channels that are added" },
  },
  forward = function(self, x)
    if self.stride > 1 then
      x = x:slice({}, { 1, -1, self.stride }, { 1, -1, self.stride })
    end
    local before = self.channels // 2
    return x:pad { { 0, 0 }, { 0, 0 }, { 0, 0 }, { before, self.channels - before } }
  end,
}
