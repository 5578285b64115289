local nj = require "nightjar"
local blocks = require "blocks.lua"

-- A rung of the ladder of corruptions: salt-and-pepper noise. A pixel changes in all channels together.
return nj.noise {
  name = "salt",
  doc = "Salt and pepper: a share of each image's pixels gets the data's largest or least number.",
  params = {
    share = { default = 0.1, min = 0, max = 1, doc = "of the pixels that change" },
    salt = { default = 0.5, min = 0, max = 1, doc = "share of these that become the largest number" },
  },
  inputs = function(self, inputs, ctx)
    local least, most = blocks.range(inputs)
    local channels = inputs:rank() == 4 and inputs:size(4) or 1
    return blocks.map(inputs, function(part)
      local extents = part:shape()
      extents[#extents] = channels > 1 and 1 or extents[#extents]
      local draws = ctx.random:uniform(part:numel() // channels):reshape(extents)
      local value = nj.where(draws:lt(self.share * self.salt), most, least)
      return nj.where(draws:lt(self.share), value, part)
    end)
  end,
}
