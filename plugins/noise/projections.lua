-- Noise that depends on each sample: wrong classes by random projections of the inputs, with a rate of a sample's own.
local nj = require "nightjar"

local projections = {}

projections.params = {
  rate = { default = 0.4, min = 0, max = 1, doc = "mean of the samples' rates" },
  deviation = { default = 0.1, above = 0, max = 1, doc = "standard deviation of the samples' rates, before the ends 0 "
    .. "and 1 cut them" },
  scaling = {
    default = "given", choices = { "given", "standardised", "unit" },
    doc = "inputs as the model sees them, with mean 0 and deviation 1 of each number, or with length 1",
  },
  divide_by_root = {
    default = false,
    doc = "projections divided by the root of the count of numbers a sample, so that wrong classes are drawn and not "
      .. "nearly certain",
  },
  temperature = { default = 1, above = 0, doc = "what projections are divided by besides" },
}

-- A rate for each sample: the normal distribution, drawn again where it leaves [0, 1].
local function rates_of(self, ctx)
  local rates, missing = {}, ctx.count
  local draws = 0
  while missing > 0 do
    draws = draws + 1
    local drawn = ctx.random:derive("rate " .. draws):normal(ctx.count):totable()
    for i = 1, ctx.count do
      local rate = self.rate + self.deviation * drawn[i]
      if rates[i] == nil and rate >= 0 and rate <= 1 then
        rates[i], missing = rate, missing - 1
      end
    end
  end
  return nj.tensor(rates, { dtype = "float64" })
end

-- Rows of numbers, scaled.
local function features_of(self, owner, ctx)
  local features = ctx.features
  if features == nil then
    error(owner .. " needs the inputs: data:with_labels gives them, noise:apply takes them as { features = x }")
  end
  local x = features:reshape(ctx.count, features:numel() // ctx.count)
  if self.scaling == "standardised" then
    local mean, deviation = x:mean(1, { keep = true }), x:std(1, { keep = true, correction = 0 })
    x = (x - mean) / nj.where(deviation:gt(0), deviation, 1)
  elseif self.scaling == "unit" then
    local length = x:square():sum(-1, { keep = true }):sqrt()
    x = x / nj.where(length:gt(0), length, 1)
  end
  return x:copy()
end

--- Labels for samples whose wrong classes are likely by softmax(x W): W is one for each true class (Xia et al. 2020),
--- or the same for all (`is_shared`, the code of Cheng et al. 2021). A sample keeps its label with 1 - q, where
--- q is its own rate.
function projections.apply(self, labels, ctx, owner, is_shared)
  local x, rates = features_of(self, owner, ctx), rates_of(self, ctx)
  local draws = ctx.random:derive("label"):uniform(ctx.count)
  local size, given = x:size(2), labels:totable()
  local divisor = self.temperature * (self.divide_by_root and math.sqrt(size) or 1)
  local shared
  for class = 1, ctx.classes do
    local positions = labels:eq(class):nonzero()
    if positions:numel() > 0 then
      positions = positions:reshape(positions:numel()):int():copy()
      local weights = shared
      if weights == nil then
        weights = ctx.random:derive("projection " .. (is_shared and "of all" or class)):normal(size * ctx.classes)
          :reshape(size, ctx.classes):copy()
        shared = is_shared and weights or nil
      end
      local scores = x:index(1, positions):double():matmul(weights) / divisor
      local own = nj.arange(1, ctx.classes + 1):eq(class):reshape(1, ctx.classes)
      local others = nj.where(own, -1e300, scores):softmax(-1)
      local rate = rates:index(1, positions):unsqueeze(-1)
      local chances = nj.where(own, 1 - rate, rate * others)
      local below = chances:cumsum(-1):narrow(2, 1, ctx.classes - 1):le(draws:index(1, positions):unsqueeze(-1))
      local drawn = (below:int():sum(-1) + 1):totable()
      for place, i in ipairs(positions:totable()) do
        given[i] = drawn[place]
      end
    end
  end
  return given
end

-- The mean of a normal distribution of mean m and deviation s within [0, 1].
local function cut_mean(m, s)
  local ends = nj.tensor({ -m / s, (1 - m) / s }, { dtype = "float64" })
  local density = ((-ends:square() / 2):exp() / math.sqrt(2 * math.pi)):totable()
  local below = ((ends / math.sqrt(2)):erf() / 2):totable()
  return m + s * (density[1] - density[2]) / (below[2] - below[1])
end

--- That the mean of the rates is moved where the ends cut them, and where a sample's wrong class may be likelier than
--- its true one.
function projections.caution(self)
  local said, mean = {}, cut_mean(self.rate, self.deviation)
  if math.abs(mean - self.rate) > 0.005 then
    said[1] = string.format("the samples' rates are cut at 0 and 1, and their mean is %.3g, not %.4g: a smaller "
      .. "deviation moves it less", mean, self.rate)
  end
  if self.rate >= 0.5 then
    said[#said + 1] = string.format("with a rate of %.4g a wrong class is as likely as the true one for half of the "
      .. "samples, where projections leave one wrong class: results on robustness need less than 0.5", self.rate)
  end
  return #said > 0 and table.concat(said, "; ") or nil
end

return projections
