local nj = require "nightjar"

return nj.schedule {
  name = "linear",
  doc = "From one number in the first epoch to another, which then stays; also for momentum and weight decay.",
  params = {
    from = { default = 0.1, min = 0, doc = "the number in the first epoch" },
    to = { default = 0, min = 0, doc = "the number that is reached" },
    epochs = { type = "integer", min = 1, optional = true,
      doc = "the epoch in which it is reached; the last of the training unless given" },
  },
  value = function(self, epoch, _, run)
    local last = self.epochs or run.epochs
    local progress = last > 1 and math.min(1, (epoch - 1) / (last - 1)) or 1
    return self.from + (self.to - self.from) * progress
  end,
}
