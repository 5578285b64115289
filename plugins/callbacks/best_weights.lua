local nj = require "nightjar"

local function direction(self)
  return self.mode == "auto" and nj.direction(self.monitor) or self.mode
end

return nj.callback {
  name = "best_weights",
  doc = "Keeps the weights of the best epoch, beside those with which training goes on.",
  params = {
    monitor = { default = "test_accuracy", doc = "the column of the records that says which epoch is best" },
    mode = { default = "auto", choices = { "auto", "min", "max" }, doc = "which is better, less or more" },
  },
  check = function(self)
    if self.mode == "auto" and nj.direction(self.monitor) == nil then
      return string.format("it cannot tell whether more or less of '%s' is better: give it mode = \"max\" or \"min\"",
        self.monitor)
    end
  end,
  state = function()
    return {}
  end,
  on_epoch = function(self, record, state, training)
    local value = record[self.monitor]
    if value ~= nil and nj.improves(direction(self), value, state.best) then
      state.best, state.epoch = value, record.epoch
      training:keep(self.monitor)
    end
  end,
  kept = function(self, state)
    if state.epoch then
      return self.monitor, { metric = self.monitor, value = state.best, epoch = state.epoch }
    end
  end,
}
