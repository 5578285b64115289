local nj = require "nightjar"

-- What a training comes to, from its records.
return nj.kind {
  word = "summary", plural = "summaries",
  doc = "Numbers of a whole training, from the records that trainer:fit returns or from a run",
  fields = {
    { "call", "function", "summary(records, ...) gives a number, or nil where there is none; records are a run, or "
      .. "what trainer:fit returns" },
  },
}
