-- How far the library follows tables that scripts hand over: each has an end, and none holds itself.
--
--   local trail = walk.trail("nj.grad")                   -- what messages call the function
--   walk.enter(trail, t) ... walk.leave(trail, t)          -- around the entries of each table

local walk = {}

-- As the host reads tables (NJL_MAX_DEPTH).
local deepest <const> = 32
local most_tables <const> = 1 << 20

function walk.trail(owner)
  return { owner = owner, depth = 0, count = 0 }
end

--- Refuses a table that holds itself, that is nested too deep, or one too many.
function walk.enter(trail, value)
  trail.depth, trail.count = trail.depth + 1, trail.count + 1
  if trail[value] then
    native.fail(trail.owner .. " got a table that holds itself: hand over a table of what is meant, for example "
      .. "{ w = t.w }")
  elseif trail.depth > deepest then
    native.fail(trail.owner .. " got a table that is nested deeper than " .. deepest .. " levels")
  elseif trail.count > most_tables then
    native.fail(trail.owner .. " got a table of more than " .. most_tables .. " tables")
  end
  trail[value] = true
end

function walk.leave(trail, value)
  trail.depth, trail[value] = trail.depth - 1, nil
end

return walk
