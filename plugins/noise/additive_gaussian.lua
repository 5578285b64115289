local nj = require "nightjar"
local blocks = require "blocks.lua"

-- A rung of the ladder of corruptions: normal noise on every number, in units of the channel's own deviation.
return nj.noise {
  name = "additive_gaussian",
  doc = "Normal noise is added to every pixel, the same in every epoch.",
  params = {
    deviation = { default = 0.1, min = 0, doc = "of the noise, as a share of the deviation of the data's channel" },
  },
  inputs = function(self, inputs, ctx)
    local _, deviation = blocks.statistics(inputs)
    return blocks.map(inputs, function(part)
      return part + self.deviation * deviation * blocks.drawn(ctx.random, "normal", part)
    end)
  end,
}
