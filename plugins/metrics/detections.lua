local nj = require "nightjar"

-- How well a score finds wrong labels.
return nj.kind {
  word = "detection", plural = "detections",
  doc = "How well numbers of each sample find wrong labels",
  fields = {
    { "call", "function", "detection(scores, wrong) gives a number, or nil where all labels are right or all are "
      .. "wrong; scores are a tensor, the larger the more suspicious, and wrong is a mask; or a score and a run" },
  },
}
