local nj = require "nightjar"
local rates = require "rates.lua"

-- Zhang et al., "Understanding deep learning requires rethinking generalization", ICLR 2017, section 2.2: with
-- probability `rate` a label is drawn from all K classes, the true one included, so that rate 1 leaves nothing of it.
return nj.noise {
  name = "random_labels",
  doc = "Random labels of Zhang et al. 2017: chosen samples get a label drawn from all classes, the true one included.",
  params = {
    rate = rates.rate(1, "share of samples whose label is drawn; rate * (K - 1) / K of all become wrong"),
    count = rates.count,
  },
  matrix = function(self, classes)
    return rates.symmetric_matrix(self.rate, "include", classes)
  end,
  apply = function(self, labels, ctx)
    local truth = labels:totable()
    return rates.redrawn(truth, rates.chosen(self, truth, ctx), ctx, "include")
  end,
}
