local nj = require "nightjar"
local test = require "nightjar.test"

test("a data set of a native reader is like any other", function(t)
  local bars = nj.data.load("bars")
  t.equal(#bars.train + #bars.test, 240)
  t.equal(bars.classes, 2)
  t.equal(bars.shape, { 6, 6, 1 })
  t.equal(bars.train:class_names(), { "lying", "standing" })
end)

test("a script reads a file by itself", function(t)
  local inputs, labels, classes = nj.native.records.readers.records("../data/bars.rec")
  t.equal(inputs:shape(), { 240, 6, 6, 1 })
  t.equal(inputs:dtype(), "uint8")
  t.equal(labels:narrow(1, 1, 4), { 1, 2, 1, 2 })
  t.equal(classes, 2)
end)
