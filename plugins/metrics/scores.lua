local nj = require "nightjar"

-- What a training says of each of its samples.
return nj.kind {
  word = "score", plural = "scores",
  doc = "Numbers of each training sample from a run's ledger, or from arrays (epochs, samples) of the same names",
  fields = {
    { "suspicious", "string", "which end of the numbers marks wrong labels: \"high\" or \"low\"" },
    { "call", "function", "score(history) gives a tensor, one number a sample; history is a run or a table of arrays" },
  },
  check = function(score)
    return { { name = "history", run = function()
      local names = { "prediction", "loss", "p_given", "margin", "el2n", "input_gradient", "input_curvature" }
      local history = { labels = nj.tensor({ 1, 2, 1 }, { dtype = "int32" }) }
      for _, name in ipairs(names) do
        history[name] = nj.rand(4, 3, { seed = 1, name = name })
      end
      history.prediction = nj.tensor { { 1, 1, 2 }, { 1, 2, 1 }, { 2, 2, 2 }, { 1, 2, 1 } }
      local values = score(history)
      local fits = nj.is_tensor(values) and values:rank() == 1 and values:size(1) == 3
      return { verdict = fits and "ok" or "FAIL", text = "one number for each of three samples" }
    end } }
  end,
}
