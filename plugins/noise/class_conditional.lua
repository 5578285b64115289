local nj = require "nightjar"
local rates = require "rates.lua"

-- T[i][j] = P(given = j | true = i); rows and columns in the order of the classes.
return nj.noise {
  name = "class_conditional",
  doc = "Label noise by a transition matrix: each label is drawn from the row of its true class.",
  params = {
    transition = { type = "any", doc = "one row of probabilities a class, each of sum 1: a table or a tensor" },
    count = rates.count_of_rows,
  },
  check = function(self, classes)
    return select(2, nj.noise.rows(self.transition, classes))
  end,
  example = { transition = { { 0.8, 0.2, 0 }, { 0, 0.9, 0.1 }, { 0.3, 0.1, 0.6 } } },
  matrix = function(self, classes)
    return nj.noise.rows(self.transition, classes)
  end,
  apply = function(self, labels, ctx)
    if self.count == "iid" then
      return nj.noise.draw(labels, self.transition, ctx)
    end
    return rates.exact_rows(labels, nj.noise.rows(self.transition, ctx.classes), ctx)
  end,
}
