local nj = require "nightjar"

-- T[i][j] = P(given = j | true = i); rows and columns in the order of the classes.
return nj.noise {
  name = "class_conditional",
  doc = "Label noise by a transition matrix: each label is drawn from the row of its true class.",
  params = { transition = { default = {}, doc = "one row of probabilities a class; each row sums to 1" } },
  check = function(self)
    nj.noise.check_matrix("noise model 'class_conditional'", self.transition, #self.transition)
  end,
  example = { transition = { { 0.8, 0.2, 0 }, { 0, 0.9, 0.1 }, { 0.3, 0.1, 0.6 } } },
  matrix = function(self)
    return self.transition
  end,
  apply = function(self, labels, ctx)
    return nj.noise.draw(labels, self.transition, ctx)
  end,
}
