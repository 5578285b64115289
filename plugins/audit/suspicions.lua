local nj = require "nightjar"

-- What ranks the given labels of a data set.
return nj.kind {
  word = "suspicion", plural = "suspicions",
  doc = "How suspicious the given label of each sample is, from what is known of it (evidence.lua)",
  fields = {
    { "call", "function", "suspicion(evidence) gives a tensor, one number a sample, the larger the more suspicious; "
      .. "or nil where the evidence lacks what it needs" },
    { "issues", "function", "issues(self, evidence) gives a mask of the labels that are taken for wrong, of those that "
      .. "decide and not only rank; or nil", optional = true },
  },
  check = function(suspicion)
    return { { name = "evidence", run = function()
      local labels = nj.tensor({ 1, 2, 1, 2 }, { dtype = "int32" })
      local history = { labels = labels }
      for _, column in ipairs { "loss", "p_given", "margin", "el2n" } do
        history[column] = nj.rand(3, 4, { seed = 1, name = column })
      end
      history.prediction = nj.tensor { { 1, 1, 2, 2 }, { 1, 2, 1, 2 }, { 2, 2, 2, 2 } }
      local values = suspicion { labels = labels, classes = 2, class_names = { "0", "1" }, history = history,
        probabilities = nj.rand(4, 2, { seed = 1, name = "p" }):double():softmax(-1) }
      local fits = nj.is_tensor(values) and values:rank() == 1 and values:size(1) == 4
        and not values:isnan():any():item()
      return { verdict = fits and "ok" or "FAIL", text = "one number for each of four samples" }
    end } }
  end,
}
