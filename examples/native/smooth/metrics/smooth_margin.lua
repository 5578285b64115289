local nj = require "nightjar"

return nj.metric {
  name = "smooth_margin",
  doc = "How far the logit of the label lies above the largest other one, on average.",
  title = "margin", direction = "higher",
  compute = function(_, evaluation)
    return nj.native.smooth.metrics.margin(evaluation.test or evaluation)
  end,
}
