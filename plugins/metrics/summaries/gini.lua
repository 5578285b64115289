local nj = require "nightjar"
local gradients = require "../input_gradients.lua"
local history = require "../history.lua"

-- Arpit et al. 2017, section 4.2, figure 4: of the sensitivity averaged over the training.
return nj.summary {
  name = "gini", doc = "Gini coefficient over samples of the mean over epochs of a ledger's column.",
  params = { column = { default = "input_gradient", doc = "of the ledger" } },
  call = function(self, past)
    return gradients.gini(history.column(self, past, self.column):mean(1))
  end,
}
