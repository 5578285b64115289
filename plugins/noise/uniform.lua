local nj = require "nightjar"
local rates = require "rates.lua"

-- Uniform (symmetric) label noise, T = (1 - rate) I + rate / (K - 1) (J - I) in the convention of the paper; what a
-- rate means is in rates.lua. With count = "exact_per_class" it is the noise of the code of Ma et al. 2020.
return nj.noise {
  name = "uniform",
  doc = "Symmetric label noise: chosen samples get a class drawn uniformly.",
  params = { rate = rates.rate(0.4), convention = rates.convention, count = rates.count },
  matrix = function(self, classes)
    return rates.symmetric_matrix(self.rate, self.convention, classes)
  end,
  apply = function(self, labels, ctx)
    local truth = labels:totable()
    return rates.redrawn(truth, rates.chosen(self, truth, ctx), ctx, self.convention)
  end,
}
