local nj = require "nightjar"

-- Amid et al., "Robust bi-tempered logistic loss based on Bregman divergences", NeurIPS 2019, equations 4 and 7.
-- The tempered softmax is exp_t2(z - lambda) with sum 1. lambda comes from Newton's method on S^(1-t2) = 1, S the sum:
-- that function is concave in lambda and straight for equal logits, so that steps from the largest logit never
-- overshoot, and seven reach all digits.
local steps = 7

local function log_p_at(z, lambda, t)
  return ((t - 1) * (lambda - z)):log1p() / (1 - t)
end

-- Newton's step for lambda.
local function correction(log_p, t)
  local sum = log_p:exp():sum(-1, { keep = true })
  local slope = (t * log_p):exp():sum(-1, { keep = true })
  return sum * ((t - 1) * sum:log()):expm1() / ((t - 1) * slope)
end

-- log of the tempered softmax of z, whose largest entry is 0. Its gradient does not go through the steps: with
-- p = exp(log p), d log p_i = p_i^(t-1) (d z_i - d lambda) and d lambda = sum_j p_j^t d z_j / sum_j p_j^t (the sum of p
-- stays 1; implicit function theorem). That is written in terms of the result, so that it can be differentiated again.
local log_tempered = nj.custom {
  name = "log_tempered_softmax",
  forward = function(ctx, z, t)
    ctx.t = t
    local lambda = z:max(-1, { keep = true })
    for _ = 1, steps do
      lambda = lambda + correction(log_p_at(z, lambda, t), t)
    end
    return log_p_at(z, lambda, t)
  end,
  backward = function(ctx, gradient)
    local t, log_p = ctx.t, ctx.output
    local scaled = gradient * ((t - 1) * log_p):exp()
    local weight = (t * log_p):exp()
    return scaled - weight * scaled:sum(-1, { keep = true }) / weight:sum(-1, { keep = true })
  end,
}

return nj.loss {
  name = "bitempered",
  doc = "Bi-tempered logistic loss: bounded for t1 < 1, heavy-tailed for t2 > 1; cross-entropy at t1 = t2 = 1.",
  params = {
    t1 = { default = 0.8, min = 0, max = 1, doc = "temperature of the logarithm" },
    t2 = { default = 1.2, min = 1, max = 4, doc = "temperature of the softmax" },
  },
  forward = function(self, logits, labels)
    local t1, t2 = self.t1, self.t2
    local z = logits - logits:max(-1, { keep = true }):detach()
    local log_p = t2 > 1 and log_tempered(z, t2) or logits:log_softmax()
    local given = log_p:pick(labels)
    local log_given = t1 < 1 and ((1 - t1) * given):expm1() / (1 - t1) or given
    return (((2 - t1) * log_p):exp():sum(-1) - 1) / (2 - t1) - log_given
  end,
}
