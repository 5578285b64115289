-- The events of a training, in the order in which they first happen: what nj.callback takes, what the host asks for,
-- what messages list and what the reference says follow from this table.
--
-- Each function is on_NAME(self, subject, state, training). With `subject_changes` the subject is what is about to be
-- used, and what is put into its fields is used instead: into all of them, or those that `changes` names. With `keeps`
-- weights can be kept.
return {
  {
    name = "on_start", subject = "outline", annotation = "nightjar.ScheduleRun",
    doc = "before the first step, with the training's epochs and steps_per_epoch. A training that goes on from a "
      .. "checkpoint had its start before",
  },
  {
    name = "on_batch", subject = "batch", annotation = "{ inputs: nightjar.Tensor, labels: nightjar.Tensor, "
      .. "indices: nightjar.Tensor, epoch: integer, step: integer }",
    subject_changes = true, changes = { "inputs", "labels" },
    doc = "before each step, with each of its batches (inputs, labels, indices, epoch, step): what it puts into "
      .. "batch.inputs and batch.labels is trained on instead",
  },
  {
    name = "on_gradient", subject = "gradients", annotation = "table<string, nightjar.Tensor>",
    subject_changes = true,
    doc = "in each step, with the gradients of all parameters by their paths, before clipping and the optimizer: "
      .. "what it puts into the table is used instead. It is recorded with the step, and reading a value costs time",
  },
  {
    name = "on_step", subject = "step", annotation = "{ epoch: integer, step: integer, loss: number, "
      .. "learning_rate: number, gradient_norm?: number, skipped?: boolean }",
    doc = "after each step, with its epoch, step, loss and learning_rate, and with gradient_norm and skipped where the "
      .. "trainer was asked for these",
  },
  {
    name = "on_evaluate", subject = "record", annotation = "table<string, number>", keeps = true,
    doc = "after each evaluation pass, with the record of its epoch, while the model has the weights that were judged "
      .. "(averages, where the trainer keeps any)",
  },
  {
    name = "on_epoch", subject = "record", annotation = "table<string, number>", keeps = true,
    doc = "after each epoch, with its record",
  },
  {
    name = "on_checkpoint", subject = "checkpoint", annotation = "{ epoch: integer, step: integer }",
    doc = "before a checkpoint is written, with its epoch and step: what it changes in the state is in it. How often "
      .. "that is depends on time, unless the run says --checkpoint-every",
  },
  {
    name = "on_end", subject = "ending", annotation = "{ status: \"completed\"|\"stopped\", epoch: integer, "
      .. "step: integer }",
    doc = "after the last epoch, with status (\"completed\" or \"stopped\"), epoch and step. A training that was "
      .. "interrupted has no end yet: it goes on with --resume",
  },
  {
    name = "on_error", subject = "failure", annotation = "{ message: string, epoch: integer, step: integer }",
    doc = "when an error ends the training, with its message, epoch and step; the error goes on. Not where a limit of "
      .. "the run was met, or somebody stopped it",
  },
}
