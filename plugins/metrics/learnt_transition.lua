local nj = require "nightjar"
local transitions = require "transitions.lua"

return nj.metric {
  name = "learnt_transition",
  doc = "how often each class is predicted for each true one on the training set: beside T, what noise was learnt",
  title = "learnt transition matrix", range = { 0, 1 }, returns = "matrix",
  params = { soft = transitions.soft_param },
  compute = function(self, evaluation)
    return (transitions.of(evaluation, self.soft))
  end,
}
