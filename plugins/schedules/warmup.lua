local nj = require "nightjar"

-- Goyal et al. 2017, around any other schedule. With `delay`, the other begins when the warm-up is over (PyTorch's
-- SequentialLR); without, both run from the first epoch on and are multiplied (ChainedScheduler).
return nj.schedule {
  name = "warmup",
  doc = "Another schedule whose number rises linearly to its full size over the first steps or epochs.",
  params = {
    schedule = { type = "schedule", doc = "what is warmed up, for example nj.schedules.cosine { base = 0.1 }" },
    epochs = { default = 5, min = 0, doc = "epochs of the warm-up; it rises at each step" },
    steps = { type = "integer", min = 0, optional = true, doc = "steps of the warm-up, instead of epochs" },
    start = { default = 0, min = 0, max = 1, doc = "share of the number before the first step" },
    delay = { default = false, doc = "start the other schedule after the warm-up" },
  },
  example = { schedule = nj.schedules.cosine { base = 0.1 } },
  value = function(self, epoch, step, run)
    local length = self.steps or math.ceil(self.epochs * run.steps_per_epoch)
    local factor = step >= length and 1 or self.start + (1 - self.start) * step / length
    if not self.delay then
      return factor * self.schedule(epoch, step, run)
    elseif step <= length then
      return factor * self.schedule(1, 1, run)
    end
    return self.schedule(math.max(1, epoch - length // run.steps_per_epoch), step - length, run)
  end,
}
