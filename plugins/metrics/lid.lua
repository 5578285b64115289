local nj = require "nightjar"
local samples = require "samples.lua"

-- The path of the layer before the last.
local function penultimate(model)
  local outer = {}
  for _, path in ipairs(model:layer_paths()) do
    if path:match("^[^.]+%.[^.]+$") then
      outer[#outer + 1] = path
    end
  end
  if #outer < 2 then
    error("metric 'lid': say which layer's output is looked at by its path, layer = \"...\": model:layer_paths() lists "
      .. "them")
  end
  return outer[#outer - 1]
end

-- Ma et al., "Dimensionality-driven learning with noisy labels", ICML 2018, equation 5: the estimate by maximum
-- likelihood of Amsaleg et al. 2015 from the distances to the k nearest neighbours within a batch.
return nj.metric {
  name = "lid",
  doc = "local intrinsic dimensionality of the representation of training samples, mean over batches",
  title = "local intrinsic dimensionality", direction = "none",
  params = samples.params({ "of", "on" }, {
    neighbours = { default = 20, type = "integer", min = 2, doc = "k" },
    batch = { default = 128, type = "integer", min = 3, doc = "samples among which neighbours are looked for" },
    batches = { default = 10, type = "integer", min = 1, doc = "at most" },
    layer = { type = "string", optional = true, doc = "path of the layer whose output is looked at; the last but one" },
  }),
  check = function(self)
    if self.neighbours >= self.batch then
      return string.format("%d neighbours need a batch of more than as many samples, got %d", self.neighbours,
        self.batch)
    end
  end,
  compute = function(self, evaluation)
    local chosen = samples.of(self, evaluation)
    if chosen == nil or chosen.count <= self.neighbours then
      return nil
    end
    local inputs, labels = samples.some(chosen, self.batch * self.batches)
    local layer, sum, count = self.layer or penultimate(evaluation.model), 0, 0
    samples.each_batch(inputs, labels, self.batch, function(x, _, n)
      if n > self.neighbours then
        local features = evaluation.model:predict(x, { layer = layer })
        features = features:reshape(n, features:numel() // n):double()
        -- The nearest of all is the sample itself.
        local distances = features:cdist(features):sort(-1):narrow(2, 2, self.neighbours):maximum(1e-12)
        local last = distances:narrow(2, self.neighbours, 1)
        local estimates = -self.neighbours / (distances / last):log():sum(-1):minimum(-1e-12)
        sum, count = sum + estimates:sum():item(), count + n
      end
    end)
    return sum / count
  end,
}
