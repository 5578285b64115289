local nj = require "nightjar"
local transitions = require "transitions.lua"

-- Half the sum of absolute differences of two rows is their distance in total variation; the identity has learnt no
-- noise, T all of it.
return nj.metric {
  name = "transition_distance",
  doc = "mean over true classes of the distance in total variation between learnt and actual transition rows",
  title = "distance to the noise", range = { 0, 1 },
  params = {
    soft = transitions.soft_param,
    to = { default = "noise", choices = { "noise", "identity" }, doc = "the shares of the given labels, or no noise" },
  },
  compute = function(self, evaluation)
    local learnt, given = transitions.of(evaluation, self.soft)
    if learnt == nil then
      return nil
    end
    local target = self.to == "noise" and given or nj.eye(learnt:size(1), { dtype = "float64" })
    local distance = (learnt - target):abs():sum(-1) / 2
    -- Classes without samples are left out.
    local known = distance:isfinite()
    return nj.where(known, distance, 0):sum() / known:double():sum()
  end,
}
