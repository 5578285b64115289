local nj = require "nightjar"
local margin_of = require "../margins"

return nj.loss {
  name = "hinge_squared",
  doc = "The square of what a sample lacks of its margin: large mistakes count more.",
  params = { margin = { default = 1, above = 0, doc = "how far the logit of the label should be above all others" } },
  forward = function(self, logits, labels)
    return (self.margin - margin_of(logits, labels)):maximum(0):square()
  end,
}
