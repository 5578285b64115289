-- Mixtures of two components over losses, by expectation and maximization. Both give the posterior of the component
-- with the larger mean, float64, one a loss.
local nj = require "nightjar"

local mixtures = {}

-- Losses from 0 to 1; nil where all are the same.
local function scaled(losses, low, high)
  if high <= low then
    return nil
  end
  return ((losses - low) / (high - low)):clamp(0, 1)
end

-- Posteriors (2, samples) and the mean log-likelihood, from the logarithms of weighted densities.
local function expect(logs)
  local all = logs:logsumexp(1)
  return (logs - all:unsqueeze(1)):exp(), all:mean():item()
end

--- Li et al., "DivideMix", ICLR 2020, section 3.1: Gaussians over losses scaled to their range. `fields` has steps (the
--- most), tolerance (on the mean log-likelihood) and floor (added to variances). It begins at the means 0 and 1.
function mixtures.gaussian(losses, fields)
  losses = losses:double()
  local x = scaled(losses, losses:min():item(), losses:max():item())
  if x == nil then
    return nj.full({ losses:numel() }, 0.5, { dtype = "float64" })
  end
  local count, spread = x:numel(), x:var(-1, { correction = 0 }):item()
  local means, variances, weights = { 0, 1 }, { spread, spread }, { 0.5, 0.5 }
  local function logs()
    local list = {}
    for k = 1, 2 do
      list[k] = math.log(weights[k]) - 0.5 * math.log(2 * math.pi * variances[k])
        - (x - means[k]):square() / (2 * variances[k])
    end
    return nj.stack(list, 1):copy()
  end
  local before = -math.huge
  for _ = 1, fields.steps do
    local shares, likelihood = expect(logs())
    for k = 1, 2 do
      local share = shares:narrow(1, k, 1):squeeze(1)
      local mass = share:sum():item() + 10 * 2.220446049250313e-16
      means[k] = (share * x):sum():item() / mass
      variances[k] = (share * (x - means[k]):square()):sum():item() / mass + fields.floor
      weights[k] = mass / count
    end
    if math.abs(likelihood - before) < fields.tolerance then
      break
    end
    before = likelihood
  end
  return (expect(logs())):narrow(1, means[1] > means[2] and 1 or 2, 1):squeeze(1):copy(), means, variances, weights
end

-- The logarithm of the gamma function of a positive number: Stirling's series beyond 8 (Abramowitz and Stegun 6.1.41).
local function log_gamma(z)
  local shift = 0
  while z < 8 do
    shift, z = shift - math.log(z), z + 1
  end
  local r = 1 / z
  return shift + (z - 0.5) * math.log(z) - z + 0.5 * math.log(2 * math.pi)
    + r * (1 / 12 - r ^ 2 * (1 / 360 - r ^ 2 * (1 / 1260 - r ^ 2 * (1 / 1680 - r ^ 2 / 1188))))
end

mixtures.log_gamma = log_gamma

--- Arazo et al., "Unsupervised label noise modeling and loss correction", ICML 2019, section 3.1: beta distributions
--- over losses scaled so that the 5th and 95th percentiles become 0 and 1, fitted by moments. `fields` has steps.
function mixtures.beta(losses, fields)
  losses = losses:double()
  local x = scaled(losses, losses:quantile(0.05):item(), losses:quantile(0.95):item())
  if x == nil then
    return nj.full({ losses:numel() }, 0.5, { dtype = "float64" })
  end
  x = x:clamp(1e-4, 1 - 1e-4):copy()
  local from_zero, from_one = x:log():copy(), (1 - x):log():copy()
  local a, b, weights = { 1, 2 }, { 2, 1 }, { 0.5, 0.5 }
  local function logs()
    local list = {}
    for k = 1, 2 do
      list[k] = math.log(weights[k]) + log_gamma(a[k] + b[k]) - log_gamma(a[k]) - log_gamma(b[k])
        + (a[k] - 1) * from_zero + (b[k] - 1) * from_one
    end
    return nj.stack(list, 1):copy()
  end
  for _ = 1, fields.steps do
    local shares = expect(logs())
    for k = 1, 2 do
      local share = shares:narrow(1, k, 1):squeeze(1)
      local mass = math.max(share:sum():item(), 1e-12)
      local mean = (share * x):sum():item() / mass
      local variance = math.max((share * (x - mean):square()):sum():item() / mass, 1e-12)
      -- A variance beyond that of the two ends alone would be no beta distribution's.
      a[k] = math.max(mean * (mean * (1 - mean) / variance - 1), 1e-3)
      b[k] = math.max(a[k] * (1 - mean) / mean, 1e-3)
      weights[k] = math.max(mass / x:numel(), 1e-12)
    end
  end
  local larger = a[1] / (a[1] + b[1]) > a[2] / (a[2] + b[2]) and 1 or 2
  return (expect(logs())):narrow(1, larger, 1):squeeze(1):copy(), a, b, weights
end

--- The losses of evidence: the mean of each sample's over a training, else the one of its probability.
function mixtures.losses(evidence)
  if evidence.history and evidence.history.loss then
    return evidence.history.loss:double():mean(1):copy()
  elseif evidence.probabilities then
    return -evidence.probabilities:pick(evidence.labels):maximum(1e-12):log()
  end
end

return mixtures
