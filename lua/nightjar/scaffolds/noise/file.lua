local nj = require "nightjar"

-- What it is, where it comes from, and in which convention the rate counts.
return nj.noise {
  name = "NAME",
  doc = "One line: with a chance of `rate`, a label becomes the next class, the last becomes the first.",
  params = {
    rate = { default = 0.2, min = 0, max = 1, doc = "share of labels that change" },
  },
  -- labels: N classes from 1. ctx: classes, count, seed, random (a stream of its own), names, ids, features.
  -- Draw from ctx.random only, so that the same seed gives the same labels.
  apply = function(self, labels, ctx)
    local changed = ctx.random:uniform(ctx.count):lt(self.rate)
    local next_class = nj.where(labels:eq(ctx.classes), nj.ones_like(labels), labels + 1)
    return nj.where(changed, next_class, labels)
  end,
  -- The chance of each given class, a row a true class; without it `nightjar check` only counts.
  matrix = function(self, classes)
    local rows = {}
    for i = 1, classes do
      rows[i] = {}
      for j = 1, classes do
        rows[i][j] = j == i and 1 - self.rate or j == i % classes + 1 and self.rate or 0
      end
    end
    return rows
  end,
}
