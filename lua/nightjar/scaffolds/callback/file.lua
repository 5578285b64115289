local nj = require "nightjar"

return nj.callback {
  name = "NAME",
  doc = "One line: ends the training once the training labels fit well enough.",
  params = {
    accuracy = { default = 99, min = 0, max = 100, doc = "percent of the given labels that fit" },
  },
  -- What it remembers from epoch to epoch goes into its state, which checkpoints keep.
  state = function()
    return { seen = 0 }
  end,
  -- record: the numbers of the epoch by the names of the columns of metrics.csv.
  on_epoch = function(self, record, state, training)
    state.seen = state.seen + 1
    if record.j1 ~= nil and record.j1 >= self.accuracy then
      training:stop()
    end
  end,
}
