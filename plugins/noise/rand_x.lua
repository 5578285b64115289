local nj = require "nightjar"
local blocks = require "blocks.lua"
local rates = require "rates.lua"

-- Arpit et al. 2017, section 3: randX.
return nj.noise {
  name = "rand_x",
  doc = "randX of Arpit et al. 2017: a fraction of the images is replaced by normal noise of the data's statistics.",
  params = {
    fraction = rates.rate(0.5, "share of images that are replaced"),
    count = { default = "iid", choices = { "iid", "exact" }, doc = "each sample by itself, or a fixed number of all" },
  },
  inputs = function(self, inputs, ctx)
    local chosen = rates.mask({ rate = self.fraction, count = self.count }, ctx)
    local noise = blocks.gaussian(inputs, ctx.random:derive("images"))
    return nj.where(blocks.column(chosen, inputs), noise, inputs), chosen
  end,
}
