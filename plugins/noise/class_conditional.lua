local nj = require "nightjar"

-- T[i][j] = P(given = j | true = i); rows and columns in the order of the classes.
return nj.noise {
  name = "class_conditional",
  doc = "Label noise by a transition matrix: each label is drawn from the row of its true class.",
  params = { matrix = { default = {}, doc = "one row of probabilities a class; each row sums to 1" } },
  check = function(self)
    nj.noise.check_matrix("noise model 'class_conditional'", self.matrix, #self.matrix)
  end,
  matrix = function(self)
    return self.matrix
  end,
  apply = function(self, labels, ctx)
    return nj.noise.draw(labels, self.matrix, ctx)
  end,
}
