local nj = require "nightjar"

-- Zhang, Lucas, Hinton and Ba 2019, algorithm 1: the optimizer inside goes k steps, then the slow weights go a part of
-- the way and it starts again from there. What it remembers is kept.
return nj.optimizer {
  name = "lookahead",
  doc = "Lookahead (Zhang et al. 2019) around another optimizer: k steps forward, then a part of the way.",
  params = {
    optimizer = { type = "optimizer", doc = "what makes the steps, for example nj.optim.sgd { momentum = 0.9 }" },
    k = { default = 5, type = "integer", min = 1, doc = "steps forward" },
    alpha = { default = 0.5, min = 0, max = 1, doc = "share of the way that the slow weights go" },
  },
  example = { optimizer = nj.optim.sgd { momentum = 0.9 } },
  state = { slow = "weights" },
  update = function(self, w, g, s, lr, step)
    local fast = self:inner(w, g, s, lr, step)
    if step % self.k ~= 0 then
      return fast
    end
    s.slow = s.slow + self.alpha * (fast - s.slow)
    return s.slow
  end,
}
