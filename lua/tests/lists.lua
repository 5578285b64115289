-- Fields that are lists refuse whatever is none, and fields that are tensors whatever is none: nothing is left out in
-- silence, and no message names what scripts do not see.
local nj = require "nightjar"
local test = require "nightjar.test"

local function trainer(fields)
  local all = { model = nj.nn.linear(2, 2), loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.1 }
  for name, value in pairs(fields) do
    all[name] = value
  end
  return nj.trainer(all)
end

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "nothing was refused" or message:match("^lua/tests/lists.lua:%d+: (.*)$") or message
end

local lists = {
  metrics = { "j1", nj.metrics.accuracy {} },
  callbacks = { nj.callbacks.early_stopping {}, nj.callbacks.best_weights {} },
  groups = { { match = "bias", weight_decay = 0 }, { match = "weight", weight_decay = 0.1 } },
}

for field, entries in pairs(lists) do
  local start = "'" .. field .. "' of nj.trainer is a list such as { "

  test(field .. " of a trainer are a list", function(t)
    t.ok(trainer { [field] = entries })
    t.ok(trainer { [field] = { entries[1] } })
    t.ok(trainer { [field] = {} })
  end)

  test(field .. " of a trainer are nothing else", function(t)
    local cases = {
      { "x", "got a string" }, { 1, "got a number" }, { true, "got a boolean" }, { nj.ones(1), "got a tensor" },
      { print, "got a function" }, { { name = entries[1] }, "got a table with the field \"name\"" },
      { { entries[1], first = entries[2] }, "got a table with the field \"first\"" },
      { { [0] = entries[1] }, "got a table with the field 0" },
      { { nil, entries[2] }, "got a list with a hole: entry [1] is nil" },
      { nj.callbacks.early_stopping {}, "got callback 'early_stopping'" },
    }
    for _, case in ipairs(cases) do
      local message = message_of(function() return trainer { [field] = case[1] } end)
      t.ok(message:sub(1, #start) == start, message)
      t.ok(message:sub(-#case[2]) == case[2], message)
    end
  end)
end

test("data sets are made of tensors, and say which field is none", function(t)
  local fields = { inputs = nj.ones(2, 3), labels = nj.tensor({ 1, 2 }, { dtype = "int32" }), classes = 2 }
  local function made(field, value)
    local all = {}
    for name, own in pairs(fields) do
      all[name] = own
    end
    all[field] = value
    return function() return nj.data.from_tensors(all) end
  end
  t.equal(made("classes", 2.0)():count(), 2)
  local cases = {
    { "inputs", "x", "must be a tensor, got a string" },
    { "inputs", { { 1, 2 }, { 3, 4 } }, "must be a tensor, got a table: nj.tensor makes one of lists of numbers" },
    { "labels", { 1, 2 }, "must be a tensor, got a table: nj.tensor makes one of lists of numbers" },
    { "labels", 1, "must be a tensor, got a number" }, { "classes", 2.5, "must be an integer, got 2.5" },
    { "classes", "2", "must be an integer, got a string" },
  }
  for _, case in ipairs(cases) do
    t.equal(message_of(made(case[1], case[2])), "'" .. case[1] .. "' of a data set " .. case[3])
  end
end)

test("metrics that are called by hand name what they were not given", function(t)
  local metric = nj.metric { name = "largest", compute = function(_, e) return e.logits:max():item() end }
  t.equal(metric {} { logits = nj.tensor { { 1, 3 } } }, 3)
  local message = message_of(function() return metric {} { labels = nj.tensor({ 1 }, { dtype = "int32" }) } end)
  local expected = "has no 'logits' unless it is given, as in metric { logits = ..., labels = ... }"
  t.ok(message:find(expected, 1, true), message)
end)
