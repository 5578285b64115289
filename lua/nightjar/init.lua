-- Builds the table that `require "nightjar"` gives: operations come from the binding table, opinions from these files.
-- Library files see `native` (what only the library may call), `nj` (the table itself) and `base` (globals of scripts).

local parts = {}

local function part(name)
  if parts[name] == nil then
    parts[name] = native.load_library(name)(part) or true
  end
  return parts[name]
end

part "globals"
part "gradients"
part "losses"
part "noise"
part "schedules"
part "optimizers"
part "models"
part "metrics"
part "nn"
part "data"
part "trainer"
part "config"

local answers = {}

function answers.names(what)
  local source = what == "nj" and nj or what == "global" and base or base[what]
  local names = {}
  for name in pairs(source or {}) do
    if type(name) == "string" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

function answers.tests()
  return part "test".registered()
end

function answers.run_test(index)
  return part "test".run(index)
end

-- What the host calls.
return function(what, ...)
  return answers[what](...)
end
