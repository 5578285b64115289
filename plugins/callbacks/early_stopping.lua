local nj = require "nightjar"

local function direction(self)
  return self.mode == "auto" and nj.direction(self.monitor) or self.mode
end

-- Prechelt 1998; patience and min_delta as in Keras and Lightning.
return nj.callback {
  name = "early_stopping",
  doc = "Ends a training when a number of its records has not become better for some epochs.",
  params = {
    monitor = { default = "test_accuracy", doc = "the column of the records that is watched" },
    mode = { default = "auto", choices = { "auto", "min", "max" }, doc = "which is better, less or more" },
    patience = { default = 10, type = "integer", min = 1, doc = "epochs without an improvement after which it ends" },
    min_delta = { default = 0, min = 0, doc = "an improvement is more than this" },
    restore_best = { default = false, doc = "give the model the weights of the best epoch in the end" },
  },
  check = function(self)
    if self.mode == "auto" and nj.direction(self.monitor) == nil then
      return string.format("it cannot tell whether more or less of '%s' is better: give it mode = \"max\" or \"min\"",
        self.monitor)
    end
  end,
  state = function()
    return { waited = 0 }
  end,
  on_epoch = function(self, record, state, training)
    local value = record[self.monitor]
    if value == nil then
      return
    elseif nj.improves(direction(self), value, state.best, self.min_delta) then
      state.best, state.epoch, state.waited = value, record.epoch, 0
      if self.restore_best then
        training:keep("early_stopping_" .. self.monitor)
      end
      return
    end
    state.waited = state.waited + 1
    if state.waited >= self.patience then
      training:stop()
    end
  end,
  kept = function(self, state)
    if self.restore_best and state.epoch then
      return "early_stopping_" .. self.monitor, { metric = self.monitor, value = state.best, epoch = state.epoch }
    end
  end,
  restores = function(self, state)
    return self.restore_best and state.epoch and "early_stopping_" .. self.monitor or nil
  end,
}
