local nj = require "nightjar"

-- Patel and Sastry (PAKDD 2021): mse divided by its sum over all labels, K S + K - 2 with S = sum of p^2.
-- Their experiment multiplies it by 0.1, which makes gradients small: about 450 times smaller than those of cce at
-- the start. The default here is 1. The largest value is K / (K^2 - 2K + 2), for p_y = 0 and the rest uniform.
return nj.loss {
  name = "nmse",
  doc = "Mean squared error over its sum of all labels (Patel & Sastry 2021): symmetric, sums to 1 over labels.",
  params = { scale = { default = 1, above = 0, max = 1e6, doc = "a factor in front; 0.1 in the authors' experiment" } },
  soft = true,
  forward = function(self, logits, labels)
    local classes = logits:size(-1)
    local p = logits:softmax()
    local squares = p:square():sum(-1)
    local mse = 1 - 2 * p:pick(labels) + squares
    return self.scale * mse / (classes * squares + (classes - 2))
  end,
}
