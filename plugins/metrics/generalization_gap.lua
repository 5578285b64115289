local nj = require "nightjar"
local samples = require "samples.lua"

return nj.metric {
  name = "generalization_gap",
  doc = "accuracy on the training set less that on the test set, against given or true labels of the training set",
  title = "generalization gap", unit = "%", direction = "lower", range = { -100, 100 },
  params = samples.params { "against" },
  compute = function(self, evaluation)
    local function accuracy(of, against)
      local chosen = samples.of({ of = of, against = against }, evaluation)
      return chosen and 100 * chosen:get("predictions"):int():eq(chosen:labels()):double():mean()
    end
    local train, test = accuracy("train", self.against), accuracy("test", "given")
    return train and test and train - test or nil
  end,
}
