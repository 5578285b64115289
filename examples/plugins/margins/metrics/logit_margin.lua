local nj = require "nightjar"
local margin_of = require "../margins"

return nj.metric {
  name = "logit_margin",
  doc = "how far the logit of the given label is above all others, for each training sample",
  title = "logit margin", direction = "higher", returns = "sample",
  compute = function(_, evaluation)
    return margin_of(evaluation.logits, evaluation.labels)
  end,
}
