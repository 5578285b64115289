-- Texts that only declare something (plugin.lua, and config.lua of the user): they can compute, and see nothing else.
-- They are read whenever the program starts, also by commands whose output another program reads.
local names = { "select", "ipairs", "pairs", "next", "type", "tostring", "tonumber", "assert", "error", "rawequal",
  "rawlen", "rawget", "pcall", "setmetatable", "getmetatable", "math", "string", "table", "utf8", "os", "_VERSION" }
local known = {}

for _, name in ipairs(names) do
  known[name] = base[name]
end

local environment = setmetatable({}, {
  __index = function(_, name)
    if known[name] ~= nil then
      return known[name]
    end
    native.fail("there is no '" .. tostring(name) .. "' in a file that only declares something: it returns a table, "
      .. "and reads, prints and runs nothing")
  end,
  __newindex = function(_, name)
    native.fail("'" .. tostring(name) .. "' is not declared: write 'local " .. tostring(name) .. " = ...'")
  end,
  __metatable = false,
})

return function(chunk)
  debug.setupvalue(chunk, 1, environment)
  return chunk()
end
