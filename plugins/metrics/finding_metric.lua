-- A metric that says how well a score of this evaluation finds the wrong labels of the training set.
local nj = require "nightjar"
local finding = require "finding.lua"
local label_scores = require "label_scores.lua"
local samples = require "samples.lua"

--- Defines one; `further` are parameters besides the score.
return function(name, title, doc, further)
  local params = samples.params({ "of" }, further)
  params.score = {
    default = "loss", choices = label_scores.names,
    doc = "what is ranked by: the loss, 1 - p_t, or one of the others, each the larger the more suspicious",
  }
  return nj.metric {
    name = name, title = title, doc = doc, direction = "higher", range = { 0, 1 }, params = params,
    compute = function(self, evaluation)
      local chosen = samples.of(self, evaluation)
      if chosen == nil or chosen:get("true_labels") == nil then
        return nil
      end
      local scores = label_scores.of(self.score, chosen)
      if scores == nil then
        return nil
      end
      local wrong = chosen:get("labels"):int():ne(chosen:get("true_labels"):int())
      return finding[name](scores, wrong, rawget(self, "precision"))
    end,
  }
end
