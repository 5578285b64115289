local nj = require "nightjar"

return nj.metric {
  name = "NAME",
  doc = "One line: the mean of the largest probability, that is how sure the model is.",
  -- What tables and figures say of it: its unit, whether more or less is better, and between which values it lies.
  title = "confidence", unit = "%", direction = "higher", range = { 0, 100 },
  -- evaluation: logits, probabilities, predictions, labels, true_labels, losses, indices, inputs and model, of the set
  -- that is looked at. Gives a number; `returns = "class"`, "matrix" or "sample" declares something else.
  compute = function(_, evaluation)
    return 100 * evaluation.probabilities:max(-1):mean()
  end,
}
