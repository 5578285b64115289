-- Against numbers worked out by hand.
local nj = require "nightjar"
local test = require "nightjar.test"

local function int(values)
  return nj.tensor(values, { dtype = "int32" })
end

test("exact_match counts samples all of whose labels are right", function(t)
  local labels = nj.tensor { { 1, 0, 1 }, { 0, 0, 1 }, { 1, 1, 1 }, { 9, 9, 9 } }
  local seen = { kind = "binary", labels = labels,
    predictions = int { { 1, 0, 1 }, { 0, 1, 1 }, { 1, 1, 0 }, { 0, 0, 0 } } }
  t.equal(nj.metrics.exact_match {} (seen), 25)
  seen = { kind = "binary", labels = labels, predictions = seen.predictions,
    keep = nj.tensor({ { true, true, true }, { true, false, true }, { true, true, true }, { false, false, false } },
      { dtype = "bool" }) }
  t.near(nj.metrics.exact_match {} (seen), 200 / 3, 1e-9)
  t.equal(nj.metrics.exact_match {} { kind = "classes", labels = int { 1, 2 }, predictions = int { 1, 1 } }, 50)
  t.equal(nj.metrics.exact_match {} { kind = "soft", labels = nj.tensor { { 0.2, 0.8 }, { 1, 0 } },
    predictions = int { 2, 2 } }, 50)
end)

test("mean_iou is the mean over the classes that occur", function(t)
  local labels, predictions = int { { 1, 1, 2, 2 }, { 4, 4, 4, 1 } }, int { { 1, 2, 2, 2 }, { 4, 4, 1, 1 } }
  -- Class 1: 2 of 4; class 2: 2 of 3; class 3 does not occur; class 4: 2 of 3.
  t.near(nj.metrics.mean_iou {} { kind = "classes", labels = labels, predictions = predictions },
    100 * (2 / 4 + 2 / 3 + 2 / 3) / 3, 1e-9)
  local keep = labels:ne(4)
  t.near(nj.metrics.mean_iou {} { kind = "classes", labels = labels, predictions = predictions, keep = keep },
    100 * (2 / 3 + 2 / 3) / 2, 1e-9)
end)

test("a metric that is called with logits works the predictions out", function(t)
  local logits = nj.tensor({ { 1, 2, 3 }, { 2, 1, 0 }, { 0, 5, 1 } })
  local labels = nj.tensor({ 3, 2, 2 }, { dtype = "int32" })
  t.near(nj.metrics.accuracy {} { logits = logits, labels = labels }, 200 / 3, 1e-9)
  t.error_with(function() nj.metrics.accuracy {} { labels = labels } end, "has no 'predictions' unless it is given")
end)
