local nj = require "nightjar"

-- Foret, Kleiner, Mobahi and Neyshabur 2021, algorithm 1; adaptive as in Kwon, Kim, Park and Choi 2021 (ASAM) without
-- its eta. The gradient of the step is that at w + e, where e is rho along the gradient at w.
return nj.optimizer {
  name = "sam",
  doc = "Sharpness-aware minimization (Foret et al. 2021) around another optimizer; each step has two passes.",
  params = {
    optimizer = { type = "optimizer", doc = "what makes the steps, for example nj.optim.sgd { momentum = 0.9 }" },
    rho = { default = 0.05, min = 0, max = 1e6, doc = "how far away the gradient is taken" },
    adaptive = { default = false, doc = "measure the way by the size of each weight (ASAM)" },
  },
  example = { optimizer = nj.optim.sgd { momentum = 0.9 } },
  measure = function(self, w, g)
    return (self.adaptive and w:abs() * g or g):square():sum()
  end,
  perturb = function(self, w, g, total)
    return w + (self.adaptive and w:square() * g or g) * (self.rho / (total:sqrt() + 1e-12))
  end,
  update = function(self, w, g, s, lr, step)
    return self:inner(w, g, s, lr, step)
  end,
}
