local nj = require "nightjar"

local function direction(self)
  return self.mode == "auto" and nj.direction(self.monitor) or self.mode
end

-- As PyTorch's ReduceLROnPlateau. What it has seen is its state, which checkpoints keep.
return nj.schedule {
  name = "plateau",
  doc = "Falls when a number of the records has not become better for some epochs.",
  params = {
    base = { default = 0.1, min = 0, doc = "the rate at the start" },
    monitor = { default = "loss", doc = "the column of the records that is watched" },
    mode = { default = "auto", choices = { "auto", "min", "max" }, doc = "which is better, less or more" },
    factor = { default = 0.1, min = 0, below = 1, doc = "what the rate is multiplied by" },
    patience = { default = 10, type = "integer", min = 0, doc = "epochs without an improvement that are waited for" },
    threshold = { default = 1e-4, min = 0, doc = "an improvement is more than this" },
    relative = { default = true, doc = "the threshold is a share of the best instead of a difference" },
    cooldown = { default = 0, type = "integer", min = 0, doc = "epochs after a fall in which nothing is counted" },
    floor = { default = 0, min = 0, doc = "the least rate" },
  },
  check = function(self)
    if self.mode == "auto" and nj.direction(self.monitor) == nil then
      return string.format("it cannot tell whether more or less of '%s' is better: give it mode = \"max\" or \"min\"",
        self.monitor)
    elseif self.floor > self.base then
      return string.format("the floor, %.14g, must be at most the base, %.14g", self.floor, self.base)
    end
  end,
  state = function(self)
    return { rate = self.base, waited = 0, resting = 0 }
  end,
  value = function(_, _, _, _, state)
    return state.rate
  end,
  observe = function(self, record, state)
    local value = record[self.monitor]
    if value == nil then
      return
    end
    local margin = self.threshold * (self.relative and math.abs(state.best or 0) or 1)
    if nj.improves(direction(self), value, state.best, margin) then
      state.best, state.waited = value, 0
    else
      state.waited = state.waited + 1
    end
    if state.resting > 0 then
      state.resting, state.waited = state.resting - 1, 0
    end
    if state.waited > self.patience then
      -- A change of less than 1e-8 is none.
      local lower = math.max(state.rate * self.factor, self.floor)
      if state.rate - lower > 1e-8 then
        state.rate = lower
      end
      state.resting, state.waited = self.cooldown, 0
    end
  end,
}
