-- nj.load: an array that cannot be read hides none of the others, and says why when it is asked for.
local read = nj.load

function nj.load(...)
  local value, metadata, unreadable = read(...)
  if unreadable then
    local function explain(_, name)
      local reason = unreadable[name]
      if reason then
        native.fail(reason)
      end
    end
    setmetatable(value, { __index = explain, __metatable = false })
  end
  if metadata then
    return value, metadata
  end
  return value
end
