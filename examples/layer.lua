-- A layer of one's own, with weights: maxout (Goodfellow et al. 2013) takes the largest of several linear
-- functions, and so learns its activation along with its weights.
--
--   nightjar run examples/layer.lua --set pieces=3
local nj = require "nightjar"
local cfg = nj.config { pieces = 3, epochs = 10, seed = 1, samples = 1000 }

local maxout = nj.layer {
  name = "maxout",
  doc = "The largest of several linear functions for each unit (Goodfellow et al. 2013, equation 3).",
  params = {
    inputs = { type = "integer", min = 1, doc = "numbers a sample" },
    units = { type = "integer", min = 1, doc = "what comes out" },
    pieces = { default = 2, type = "integer", min = 1, doc = "linear functions a unit" },
  },
  -- What is trained, by name. The optimizer, checkpoints and model:parameters() know it by that name.
  parameters = function(self)
    local count = self.units * self.pieces
    return {
      weight = { shape = { self.inputs, count }, init = "kaiming_normal" },
      bias = { shape = { count }, init = "zeros" },
    }
  end,
  forward = function(self, x)
    local all = x:matmul(self.weight) + self.bias
    return all:reshape(x:size(1), self.units, self.pieces):max(-1)
  end,
}

local data = nj.data.load "digits"
local model = nj.nn.sequential {
  nj.nn.flatten(),
  maxout { inputs = data.features, units = 32, pieces = cfg.pieces },
  nj.nn.linear(32, data.classes),
}
local records = nj.trainer {
  model = model, loss = nj.losses.cce {}, optimizer = nj.optim.adam {}, learning_rate = 0.003, seed = cfg.seed,
}:fit(data.train:first(cfg.samples), { test = data.test, epochs = cfg.epochs })

print(table.concat(model:parameter_paths(), ", "))
print(string.format("%d numbers are trained; test accuracy %.1f", model:parameter_count(),
  records[#records].test_accuracy))
