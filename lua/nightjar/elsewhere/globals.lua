-- Variables that scripts of other tools have. See elsewhere.lua.

return {
  rows = {
    -- Modules
    { "global", "import", "", 'local nightjar = require "nightjar"' },
    { "global", "torch np numpy tf", "the library is nj", 'local t = nj.zeros(2)' },
    { "global", "optim F", "they are in nj", 'local optimizer = nj.optim.sgd {}' },
    { "global", "len", "", 'local count = #{ 1, 2 }' },
    { "global", "range", "", 'for i = 1, 10 do print(i) end' },
    { "global", "str", "", 'local text = tostring(1)' },
    { "global", "int", "", 'local whole = math.tointeger(2.0)' },
    { "global", "float", "", 'local number = tonumber("1")' },
    { "global", "None null", "nothing is nil", 'local nothing = nil' },
    { "global", "True", "", 'local yes = true' },
    { "global", "False", "", 'local no = false' },
    { "global", "self", "methods that use self are defined with a colon, or have it as their first parameter" },
  },
  families = {},
}
