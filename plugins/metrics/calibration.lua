-- How well a model's probabilities are those of being right.
local nj = require "nightjar"
local samples = require "samples.lua"

local calibration = {}

--- Bins of the largest probability: for each its number of samples, its mean confidence and its accuracy, as lists.
--- Equal widths are those of Guo et al., "On calibration of modern neural networks", ICML 2017, equation 3: bin m holds
--- ((m - 1) / M, m / M]; equal masses are of samples in the order of confidence, as many in each bin as can be (Nixon
--- et al., "Measuring calibration in deep learning", 2019).
function calibration.bins(chosen, count, are_equal_masses)
  local p = chosen:probabilities()
  local confidence, right = p:max(-1), p:argmax(-1):eq(chosen:labels()):double()
  local n = chosen.count
  local bin
  if are_equal_masses then
    -- The rank of each sample, from 0, cut into parts whose sizes differ by one at most, the larger ones first.
    local rank = confidence:argsort():argsort() - 1
    local size, larger = n // count, n % count
    local edge = larger * (size + 1)
    bin = nj.where(rank:lt(edge), rank:floor_divide(size + 1),
      (rank - edge):floor_divide(math.max(size, 1)) + larger):int() + 1
  else
    bin = (confidence * count):ceil():clamp(1, count):int()
  end
  local members = bin:one_hot(count, { dtype = "float64" })
  local sizes = members:sum(1)
  local divisor = sizes:maximum(1)
  return {
    sizes = sizes, confidence = (members * confidence:unsqueeze(-1)):sum(1) / divisor,
    accuracy = (members * right:unsqueeze(-1)):sum(1) / divisor, count = n,
  }
end

--- The parameters of a metric over bins.
calibration.params = samples.params({ "of", "on", "against" }, {
  bins = { default = 15, type = "integer", min = 1, doc = "how many bins" },
})

--- Defines a calibration error: f(gaps, shares of the samples) gives a number.
function calibration.define(name, title, doc, are_equal_masses, f)
  return nj.metric {
    name = name, title = title, doc = doc, direction = "lower", range = { 0, 1 }, params = calibration.params,
    compute = function(self, evaluation)
      local chosen = samples.of(self, evaluation)
      if chosen == nil then
        return nil
      end
      local bins = calibration.bins(chosen, self.bins, are_equal_masses)
      return f((bins.accuracy - bins.confidence):abs(), bins.sizes / bins.count)
    end,
  }
end

return calibration
