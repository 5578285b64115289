local test = require "nightjar.test"

test("NAME declares its axes", function(t)
  local experiment = require "../NAME.lua"
  t.ok(tostring(experiment):find("NAME", 1, true), "it goes by its name")
end)
