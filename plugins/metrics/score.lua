-- Defines scores that are a mean, or another number, over the epochs of one column of a ledger.
local nj = require "nightjar"
local history = require "history.lua"

local score = {}

--- f(values (epochs, samples), self) gives a number a sample; `epochs` of the object cuts the first ones off.
function score.over(fields, column, f)
  fields.call = function(self, past)
    local values = history.column(self, past, column)
    local most = rawget(self, "epochs")
    if most and most < values:size(1) then
      values = values:narrow(1, 1, most)
    end
    return f(values, self):copy()
  end
  return nj.score(fields)
end

--- How many of the first epochs count.
function score.epochs(default)
  return {
    epochs = { default = default, type = "integer", min = 1, optional = true,
      doc = "so many of the first epochs count; all where it is left out" },
  }
end

return score
