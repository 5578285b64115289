-- Random calls of everything that a script can reach: see scripts/fuzz.sh. Each call is printed before it is made, so
-- that the last line of a run that dies names it. The same seed makes the same calls.
local nj = require "nightjar"
local cfg = nj.config { seed = 1, calls = 20000 }

local number = 0
-- `names` is written by the harness from the editor definitions.
local call, random = require "calls".seeded(cfg.seed, function(text)
  print("#" .. number .. " " .. text)
end, require "names")

local failures = 0
for i = 1, cfg.calls do
  number = i
  if not call() then failures = failures + 1 end
  if i % 500 == 0 then
    nj.eager(random(2) == 1 and random(4) == 1)
    collectgarbage()
  end
end
nj.eager(false)
assert((nj.ones(2) + 1):sum():item() == 4, "the library still adds")
assert(nj.grad(function(x) return (x * x):sum() end, nj.ones(2)):totable()[1] == 2, "and differentiates")
print(string.format("done: %d calls, %d of them failed", cfg.calls, failures))
