local nj = require "nightjar"

-- Where an audit has its evidence from. nj.audit.folds {} (data) and the like give what assess.lua says of it.
return nj.kind {
  word = "auditor", plural = "audit",
  doc = "Whose labels are wrong, from a source of evidence",
  fields = {
    { "call", "function", "auditor(subject) gives a table: labels, suggested, scores and issues by name of the "
      .. "suspicion, matrix, rate, agreement, found, evidence" },
  },
}
