-- Every loss that there is, and every operation that takes labels, refuses labels that name no class: in the same
-- words, counted from 1, at the line of the script.
local nj = require "nightjar"
local test = require "nightjar.test"

local classes = 3
local logits = nj.randn({ 3, classes }, { seed = 4, name = "logits" })
local zero_hint = " (labels that start at 0? In scripts they start at 1: add 1)"
local cases = {
  { nj.tensor({ 2, 0, 1 }, { dtype = "int32" }),
    "label 0 at position 2 is out of range: labels go from 1 to 3" .. zero_hint },
  { nj.tensor({ 2, 3, 4 }, { dtype = "int32" }), "label 4 at position 3 is out of range: labels go from 1 to 3" },
  { nj.tensor({ -1, 3, 4 }, { dtype = "int32" }), "label -1 at position 1 is out of range: labels go from 1 to 3" },
  { nj.tensor({ 1, 255, 4 }, { dtype = "uint8" }), "label 255 at position 2 is out of range: labels go from 1 to 3" },
  { nj.tensor({ 1, 2.7, 3 }), "label 2.7 at position 2 is no whole number: labels go from 1 to 3" },
  { nj.tensor({ 0 / 0, 2, 3 }), "label nan at position 1 is no whole number: labels go from 1 to 3" },
  { nj.tensor({ 1, 2, math.huge }, { dtype = "float64" }),
    "label inf at position 3 is no whole number: labels go from 1 to 3" },
  { nj.tensor({ 1, 2, 1e10 }, { dtype = "float64" }),
    "label 10000000000 at position 3 is out of range: labels go from 1 to 3" },
}

-- The message without the line, which must be one of this file.
local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^plugins/losses/tests/labels.lua:%d+: (.*)$") or message
end

for name, definition in pairs(nj.losses) do
  -- Labels from 0 to 1 are looked at in targets.lua.
  local check = definition.labels == "binary" and function() end or test
  check("loss " .. name .. " names a label that is no class", function(t)
    local loss = definition(definition.example)
    for _, case in ipairs(cases) do
      local labels, expected = case[1], case[2]
      t.equal(message_of(function() loss(logits, labels) end), expected)
      t.equal(message_of(function() nj.grad(function(z) return (2 * loss + loss)(z, labels):sum() end, logits) end),
        expected)
    end
  end)
end

local operations = {
  one_hot = function(labels) return labels:one_hot(classes) end,
  pick = function(labels) return logits:pick(labels) end,
  bincount = function(labels) return labels:bincount(classes) end,
}

for name, operation in pairs(operations) do
  test(name .. " names a label that is no class", function(t)
    for _, case in ipairs(cases) do
      t.ok(message_of(function() return operation(case[1]):totable() end):find(case[2], 1, true) == 1, name)
    end
  end)

  test(name .. " names a label that is worked out and no class", function(t)
    local labels = nj.tensor({ 1, 2, 1 }, { dtype = "int32" })
    t.ok(message_of(function() return operation(labels * labels):totable() end)
      :find("label 4 at position 2 is out of range: labels go from 1 to 3", 1, true), name)
    t.ok(message_of(function() return operation(labels * labels - 1):totable() end)
      :find("label 0 at position 1 is out of range: labels go from 1 to 3" .. zero_hint, 1, true), name)
  end)
end

test("a loss that never picks names labels that are worked out and no class", function(t)
  local labels = nj.tensor({ 1, 2, 1 }, { dtype = "int32" })
  for _, name in ipairs { "logit_mse", "nlnl", "forward", "backward" } do
    local definition = nj.losses[name]
    local loss = definition(definition.example)
    t.ok(message_of(function() return loss(logits, labels * labels):totable() end)
      :find("label 4 at position 2 is out of range: labels go from 1 to 3", 1, true), name)
  end
end)

test("labels of many dimensions are named by all their positions", function(t)
  local labels = nj.tensor({ { 1, 2 }, { 3, 4 } }, { dtype = "int32" })
  t.equal(message_of(function() labels:one_hot(3) end),
    "label 4 at position (2, 2) is out of range: labels go from 1 to 3")
end)

test("whole float labels and bytes are labels", function(t)
  local expected = nj.losses.logit_mse {} (logits, nj.tensor({ 1, 3, 2 }, { dtype = "int32" })):totable()
  t.equal(nj.losses.logit_mse {} (logits, nj.tensor({ 1, 3, 2 })), expected)
  t.equal(nj.losses.logit_mse {} (logits, nj.tensor({ 1, 3, 2 }, { dtype = "uint8" })), expected)
end)

test("a regression on one number takes any target", function(t)
  local squared = nj.loss {
    name = "squared",
    forward = function(_, predictions, targets) return (predictions:squeeze(-1) - targets):square() end,
  } {}
  t.near(squared(nj.zeros(2, 1), nj.tensor({ 0.5, -3 })), { 0.25, 9 })
end)
