local nj = require "nightjar"
local test = require "nightjar.test"

test("NAME says where a number was largest", function(t)
  local reporter = nj.reporters["../NAME.lua"] { column = "j2" }
  local report = { records = { { epoch = 1, j2 = 10 }, { epoch = 2, j2 = 30 }, { epoch = 3, j2 = 20 } } }
  t.equal(reporter.definition.ending(reporter, report), "largest j2: 30.00 in epoch 2")
end)
