local nj = require "nightjar"
local test = require "nightjar.test"

test("NAME is made with a share up to 1", function(t)
  t.error_with(function()
    return nj.averages["../NAME.lua"] { share = 1.5 }
  end, "share")
end)
