local test = require "nightjar.test"

test("NAME says what it holds", function(t)
  local description = require "../NAME.lua"
  t.equal(description.name, "NAME")
  t.equal(description.classes, 2)
end)
