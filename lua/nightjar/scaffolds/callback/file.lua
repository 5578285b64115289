local nj = require "nightjar"

return nj.callback {
  name = "NAME",
  doc = "One line: halves the learning rate where an epoch made the training loss worse, and ends when labels fit.",
  params = {
    accuracy = { default = 99, min = 0, max = 100, doc = "percent of the given labels that fit" },
  },
  -- What it remembers goes into its state, which checkpoints keep: numbers, texts, booleans, tensors, tables of them.
  state = function()
    return { best = math.huge }
  end,
  -- record: the numbers of the epoch by the names of the columns of metrics.csv. Other events are on_start, on_batch,
  -- on_gradient, on_step, on_evaluate, on_checkpoint, on_end and on_error; each gets what it is about, the state, and
  -- the training, with its model, record, learning_rate, step and more (docs/reference.md, nightjar.Training).
  on_epoch = function(self, record, state, training)
    if record.train_loss_running > state.best then
      training.learning_rate = training.learning_rate / 2
    end
    state.best = math.min(state.best, record.train_loss_running)
    if record.j1 ~= nil and record.j1 >= self.accuracy then
      training:stop()
    end
  end,
}
