-- The quick form of an experiment, as far as no command line is needed.
local nj = require "nightjar"
local test = require "nightjar.test"

local function message_of(fields)
  fields.name, fields.run = "own", function() end
  local fine, message = pcall(function() return nj.experiment(fields) end)
  return fine and "" or message:match("^lua/tests/experiments.lua:%d+: (.*)$") or message
end

test("the quick form names settings and axes", function(t)
  local grid = { { "loss", { "cce", "rll" } }, { "seed", { 1, 2 } } }
  t.equal(message_of { settings = { epochs = 3 }, grid = grid, quick = { epochs = 1, seed = { 1 } } }, "")
  t.equal(message_of { settings = { epochs = 3 }, grid = grid, quick = { epoch = 1 } },
    "quick of nj.experiment: there is no setting or axis 'epoch': did you mean 'epochs'?")
  t.equal(message_of { settings = { epochs = 3 }, grid = grid, quick = { rate = 1 } },
    "quick of nj.experiment: there is no setting or axis 'rate'")
end)

test("a setting cannot have the name by which the quick form is asked for", function(t)
  t.equal(message_of { settings = { quick = true }, quick = {} }, "nj.experiment has a quick form, which --set "
    .. "quick=true asks for: a setting cannot be called 'quick'")
  t.equal(message_of { settings = { quick = true } }, "")
end)

test("an entry without a name is told so, and where names of runs belong", function(t)
  local told = select(2, pcall(function() return nj.table { "memorization" } end))
  t.ok(told:find("nj.table takes values by name, and entry [1], a string, has none: write name = value\n  fields are "
    .. "against, at, ", 1, true), told)
  for _, maker in ipairs { "table", "figure", "runs" } do
    told = select(2, pcall(function() return nj[maker] { experiment = "memorization" } end))
    t.ok(told:find("nj." .. maker .. " has an unknown field 'experiment': runs and experiments are named in one list, "
      .. "runs = { \"memorization\" }", 1, true), told)
  end
end)
