local nj = require "nightjar"

-- Smith and Topin 2017, as PyTorch's torch.optim.lr_scheduler.OneCycleLR: the first step has `start`, the last
-- `finish`.
return nj.schedule {
  name = "one_cycle",
  doc = "Rises to the base and falls far below it once in a training, step by step; for a momentum the other way "
    .. "round.",
  params = {
    base = { default = 0.1, min = 0, doc = "the number at the turn" },
    start = { min = 0, type = "number", optional = true, doc = "the number of the first step; base / 25 unless given" },
    finish = { min = 0, type = "number", optional = true, doc = "the number of the last step; start / 10000 unless "
      .. "given" },
    turn = { default = 0.3, min = 0, max = 1, doc = "share of the steps before the turn" },
    shape = { default = "cosine", choices = { "cosine", "linear" }, doc = "of both ways" },
  },
  value = function(self, _, step, run)
    local start = self.start or self.base / 25
    local finish = self.finish or start / 1e4
    local last = run.epochs * run.steps_per_epoch - 1
    local turn = math.max(self.turn * (last + 1) - 1, 0)
    local from, to, progress
    if step - 1 <= turn and turn > 0 then
      from, to, progress = start, self.base, (step - 1) / turn
    else
      from, to, progress = self.base, finish, last > turn and math.min(1, (step - 1 - turn) / (last - turn)) or 1
    end
    if self.shape == "linear" then
      return from + (to - from) * progress
    end
    return to + (from - to) * (1 + math.cos(math.pi * progress)) / 2
  end,
}
