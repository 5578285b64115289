local nj = require "nightjar"

-- Izmailov et al. 2018 (stochastic weight averaging), with every step counted.
return nj.average {
  name = "mean",
  doc = "Mean of the weights over all steps from one on; the weights themselves before.",
  params = { from = { default = 1, type = "integer", min = 1, doc = "the first step that counts" } },
  update = function(self, average, w, step)
    if step <= self.from then
      return w
    end
    return average + (w - average) / (step - self.from + 1)
  end,
}
