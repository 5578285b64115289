local nj = require "nightjar"
local test = require "nightjar.test"

test("NAME refuses what is no percentage", function(t)
  t.error_with(function()
    return nj.callbacks["../NAME.lua"] { accuracy = 101 }
  end, "accuracy")
end)
