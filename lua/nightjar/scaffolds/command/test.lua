local nj = require "nightjar"
local test = require "nightjar.test"

test("NAME asks for a file", function(t)
  t.error_with(function()
    return nj.commands["../NAME.lua"] {}:run {}
  end, "name a file")
end)
