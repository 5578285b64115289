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

-- A batch with all that a loss may need.
local function batch_for(loss, count)
  local given = nj.randn({ 3, classes }, { seed = 6, name = "given" })
  local labels = nj.tensor({ 1, 2, 3 }, { dtype = "int32" })
  if loss.definition.state then
    loss:prepare { samples = 3, classes = classes }
  end
  return {
    indices = nj.arange(1, count + 1):int(), epoch = 1, step = 1, count = count, training = true, inputs = given,
    views = { given }, draws = { { inputs = given, labels = labels }, { inputs = given, labels = labels } },
    model = function(inputs) return inputs end, outputs = { given, given },
  }
end

local first_wrong = nj.tensor { { 0.5, 0.5, 0.5 }, { 1, 0, 0 }, { 1, 0, 0 } }
local bad_kinds = {
  { 3, " expects labels as a tensor, got a number", is_prefix = true },
  { "1, 2, 3", " expects labels as a tensor, got a string", is_prefix = true },
  { { 1, 2, 3 }, " expects labels as a tensor, got a table", is_prefix = true },
  { nj.ones(2):int(), " got logits of shape (3, 3) and labels of shape (2): there must be one label a row" },
  { nj.ones(4):int(), " got logits of shape (3, 3) and labels of shape (4): there must be one label a row" },
  { nj.zeros({ 0 }, { dtype = "int32" }),
    " got logits of shape (3, 3) and labels of shape (0): there must be one label a row" },
  { nj.ones(3, 1):int(), " got logits of shape (3, 3) and labels of shape (3, 1): there must be one label a row: "
    .. "write labels:squeeze(-1)", binary = " got logits of shape (3, 3) and labels of shape (3, 1): there must be one "
    .. "label a logit" },
  { nj.ones(3, 2), " got logits of shape (3, 3) and labels of shape (3, 2): there must be one label a row" },
  { nj.ones(3, 3, 1), " got logits of shape (3, 3) and labels of shape (3, 3, 1): there must be one label a row" },
  { nj.tensor({ true, false, true }, { dtype = "bool" }), " expects labels from 1 to 3, one a row, got a bool tensor: "
    .. "true and false for every logit are for nj.losses.bce", binary = " got logits of shape (3, 3) and labels of "
    .. "shape (3): there must be one label a logit" },
  { first_wrong, ": soft labels at position 1 sum to 1.5, not to 1", is_prefix = true, binary = "" },
  { nj.tensor { { 1, 0, 0 }, { 0, -0.25, 1.25 }, { 1, 0, 0 } },
    ": soft label -0.25 at position (2, 2) is no probability", is_prefix = true,
    binary = ": label -0.25 at position (2, 2) is not from 0 to 1" },
  { nj.tensor { { 1, 0, 0 }, { 0, 1, 0 }, { 0 / 0, 0, 0 } }, ": soft label nan at position (3, 1) is no probability",
    is_prefix = true, binary = ": label nan at position (3, 1) is not from 0 to 1" },
}

for name, definition in pairs(nj.losses) do
  test("loss " .. name .. " names labels of the wrong kind, shape or size at the script's line", function(t)
    local is_binary = definition.labels == "binary"
    local loss = definition(definition.example)
    for i, case in ipairs(bad_kinds) do
      local expected = "loss '" .. name .. "'" .. (is_binary and (case.binary or case[2]:gsub("a row$", "a logit"))
        or case[2])
      local message = message_of(function() return loss(logits, case[1], batch_for(loss, 3)):totable() end)
      if is_binary and case.binary == "" then
        t.equal(message, "")
      elseif case.is_prefix then
        t.equal(message:sub(1, #expected), expected)
      else
        t.equal(message, expected, "case " .. i)
      end
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

test("logits with their classes in the second dimension, as PyTorch has them, are told where classes go", function(t)
  local labels = nj.ones(2, 4, 5):int()
  t.error_with(function() return nj.losses.cce {}:mean(nj.zeros(2, 3, 4, 5), labels) end,
    "got logits of shape (2, 3, 4, 5) and labels of shape (2, 4, 5): there must be one label a row: classes come "
      .. "last, put them there with logits:permute(1, 3, 4, 2)")
  t.near(nj.losses.cce {}:mean(nj.zeros(2, 3, 4, 5):permute(1, 3, 4, 2), labels), math.log(3), 1e-6)
  t.error_with(function() return nj.losses.cce {}:mean(nj.zeros(2, 3, 7), nj.ones(2, 7):int()) end,
    "logits:permute(1, 3, 2)")
end)
