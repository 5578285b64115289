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
}
