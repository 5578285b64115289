local nj = require "nightjar"

return nj.average {
  name = "NAME",
  doc = "One line: the weights of now and those of before, in equal parts.",
  params = { share = { default = 0.5, min = 0, max = 1, doc = "what the average keeps of itself" } },
  -- average: as it was; w: the weights after the step.
  update = function(self, average, w)
    return self.share * average + (1 - self.share) * w
  end,
}
