-- What is wrong with logits and labels is said at the script's line, in every loss that ships, and never at a line of
-- the plugin.
local nj = require "nightjar"
local test = require "nightjar.test"

local function whole(list) return nj.tensor(list, { dtype = "int32" }) end

local logits = nj.tensor { { 1, 2, 3 }, { 0.5, -1, 2 } }

local wrong = {
  { "a column", logits, whole { { 1 }, { 2 } } },
  { "a row", logits, whole { { 1, 2 } } },
  { "too few", logits, whole { 1 } },
  { "too many", logits, whole { 1, 2, 3 } },
  { "a mask", logits, whole { 1, 2 }:gt(1) },
  { "label 0", logits, whole { 0, 1 } },
  { "label K + 1", logits, whole { 1, 4 } },
  { "a fraction", logits, nj.tensor { 1.5, 2 } },
  { "nan", logits, nj.tensor { 0 / 0, 2 } },
  { "probabilities of other classes", logits, nj.tensor { { 0.5, 0.5 }, { 1, 0 } } },
  { "no probabilities", logits, nj.tensor { { 0.5, 0.5, 0.5 }, { 1, 0, 0 } } },
  { "whole logits", whole { { 1, 2, 3 } }, whole { 1 } },
  { "the order exchanged", whole { 1, 2 }, logits },
  { "a list", logits, { 1, 2 } },
  { "nothing", logits, nil },
}

local function batch()
  local draw = { inputs = logits, labels = whole { 1, 2 }, indices = whole { 1, 2 } }
  return {
    indices = whole { 1, 2 }, epoch = 1, step = 1, count = 2, inputs = logits, draws = { draw, draw },
    views = { logits, logits, logits }, outputs = { logits, logits }, model = function(x) return x end,
    whole = { labels = whole { 1, 2 }, indices = whole { 1, 2 } },
  }
end

local function made(name)
  local definition = nj.losses[name]
  local fine, loss = pcall(definition, {})
  return fine and loss or definition { rate = 0.2 }
end

for name in pairs(nj.losses) do
  test("mistakes are named at the script's line by " .. name, function(t)
    for _, case in ipairs(wrong) do
      local fine, message = pcall(function() return made(name)(case[2], case[3], batch()):totable() end)
      -- Labels 0 and 1 for every logit, and regressions, take some of these.
      if not fine then
        t.ok(message:find("^plugins/losses/tests/lines.lua:%d+: "), name .. ", " .. case[1] .. ": " .. message)
      end
    end
  end)
end

test("a column of labels is answered with what to write", function(t)
  local _, message = pcall(function() return nj.losses.cce {}(logits, whole { { 1 }, { 2 } }) end)
  t.equal(message:match(": (.*)$"), "loss 'cce' got logits of shape (2, 3) and labels of shape (2, 1): there must be "
    .. "one label a row: write labels:squeeze(-1)")
end)
