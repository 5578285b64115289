local nj = require "nightjar"

-- Amid et al., "Robust bi-tempered logistic loss based on Bregman divergences", NeurIPS 2019, equations 4 and 7.
-- The tempered softmax is exp_t2(z - lambda) with sum 1. lambda comes from Newton's method on S^(1-t2) = 1, S the sum:
-- that function is concave in lambda and straight for equal logits, so that steps from the largest logit never
-- overshoot, and seven reach all digits. The last one carries the gradient (implicit function theorem); derivatives
-- of higher order are not exact.
local steps = 6

local function log_p_at(z, lambda, t)
  return ((t - 1) * (lambda - z)):log1p() / (1 - t)
end

-- Newton's step for lambda; `slope` is the sum of p^t.
local function correction(log_p, slope, t)
  local sum = log_p:exp():sum(-1, { keep = true })
  return sum * ((t - 1) * sum:log()):expm1() / ((t - 1) * slope)
end

local function power_sum(log_p, power)
  return (power * log_p):exp():sum(-1, { keep = true })
end

-- log of the tempered softmax of z, whose largest entry is 0.
local function log_tempered(z, t)
  local fixed = z:detach()
  local lambda = fixed:max(-1, { keep = true })
  for _ = 1, steps do
    local log_p = log_p_at(fixed, lambda, t)
    lambda = lambda + correction(log_p, power_sum(log_p, t), t)
  end
  local log_p = log_p_at(z, lambda, t)
  return log_p_at(z, lambda + correction(log_p, power_sum(log_p:detach(), t), t), t)
end

return nj.loss {
  name = "bitempered",
  doc = "Bi-tempered logistic loss: bounded for t1 < 1, heavy-tailed for t2 > 1; cross-entropy at t1 = t2 = 1.",
  params = {
    t1 = { default = 0.8, min = 0, max = 1, doc = "temperature of the logarithm" },
    t2 = { default = 1.2, min = 1, doc = "temperature of the softmax" },
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
