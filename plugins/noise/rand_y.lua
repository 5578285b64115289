local nj = require "nightjar"
local rates = require "rates.lua"

-- Arpit et al., "A closer look at memorization in deep networks", ICML 2017, section 3: randY. The same draw as
-- random_labels, under the name and parameter of that paper, beside rand_x.
return nj.noise {
  name = "rand_y",
  doc = "randY of Arpit et al. 2017: a fraction of the labels is drawn from all classes.",
  params = { fraction = rates.rate(0.5, "share of labels that are drawn"), count = rates.count },
  matrix = function(self, classes)
    return rates.symmetric_matrix(self.fraction, "include", classes)
  end,
  apply = function(self, labels, ctx)
    local truth = labels:totable()
    local chosen = rates.chosen({ rate = self.fraction, count = self.count }, truth, ctx)
    return rates.redrawn(truth, chosen, ctx, "include")
  end,
}
