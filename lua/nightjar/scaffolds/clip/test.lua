local nj = require "nightjar"
local test = require "nightjar.test"

test("NAME is made with a limit above 0", function(t)
  t.error_with(function()
    return nj.clips["../NAME.lua"] { limit = 0 }
  end, "limit")
end)
