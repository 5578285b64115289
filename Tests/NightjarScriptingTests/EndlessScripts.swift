/// Scripts that never end by themselves, or not before the sun does, each by another way around whatever stops scripts.
enum EndlessScripts {
    /// Few instructions that move much memory: it takes them minutes to use up a budget.
    static let slow = "local function grow(...) return grow(1, ...) end while true do pcall(grow) end"

    static let all = [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "xpcall(function() while true do end end, function() while true do end end)",
        "local c = coroutine.create(function() while true do end end) while true do coroutine.resume(c) end",
        "for i = 1, 1e9 do coroutine.wrap(function() end)() end",
        "local c = coroutine.wrap(function() local x <close> = setmetatable({}, { __close = function() while true do end end }) "
            + "coroutine.yield() end) c() while true do end",
        "local c = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() while true do end end }) "
            + "coroutine.yield() end) coroutine.resume(c) while true do pcall(coroutine.close, c) end",
        "return (\"a\"):rep(100000):find((\".-\"):rep(10) .. \"b\")",
        "while true do (\"a\"):rep(2000):match((\"a-\"):rep(4) .. \"b\") end",
        "return (\"a\"):rep(30000):gsub(\".-.-.-b\", \"\")",
        "for _ in (\"a\"):rep(30000):gmatch(\".-.-.-b\") do end",
        "return (\"(\"):rep(1e6):find(\"%b()%b()\")",
        "return (\"ab\"):rep(1e6):find((\"ab\"):rep(4e5) .. \"c\", 1, true)",
        "while true do (\"x\"):rep(1e6):upper() end",
        "return table.move({}, 1, 1e9, 2)",
        "return table.concat(setmetatable({}, { __index = getmetatable, __metatable = '' }), '', 1, 1 << 53)",
        "local n = 0 table.concat(setmetatable({}, { __len = function() n = n + 1 return n % 2 == 1 and 1 or 1 << 40 end, "
            + "__index = getmetatable, __metatable = '' })) "
            + "table.concat(setmetatable({}, { __len = function() return 1 << 40 end, __index = getmetatable, __metatable = '' }))",
        "local t = setmetatable({}, { __len = function() return 900000 end }) while true do select('#', table.unpack(t)) end",
        "table.sort(setmetatable({}, { __len = function() return 2147483646 end, __index = rawlen, __newindex = rawequal }))",
        "while true do print(('y'):rep(1000)) end",
        "while true do (''):rep(1e18) end",
        "return table.move({}, math.mininteger, -1, 2)",
        "table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 1)",
        "table.remove(setmetatable({}, { __len = function() return 1 << 60 end }), 1)",
        "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.insert(t, 1, 0) end",
        "table.sort({ 3, 2, 1 }, function() while true do end end)",
        "return setmetatable({}, { __index = function() while true do end end }).x",
        "local function f() local x <close> = setmetatable({}, { __close = function() f() end }) end while true do pcall(f) end",
        "local function again() return xpcall(error, again) end while true do again() end",
        "while true do local x <close> = setmetatable({}, { __close = function() while true do end end }) error('x') end",
        "local function deep() return pcall(deep) end while true do deep() end",
        "while true do coroutine.close(coroutine.create(function() end)) end",
        "local c c = coroutine.wrap(function() while true do pcall(coroutine.yield) end end) while true do c() end",
        "while true do pcall(string.rep, 'x', 1 << 40) end", "while true do pcall(string.format, '%99.99f', 1e308) end",
        "while true do pcall(require, 'nothing') end", "while true do pcall(function() return nj.nothing end) end",
        "while true do pcall(nj.losses.rll, { alpha = -1 }) end",
        "while true do local _ = tostring(nj.ones(50, 50)) end",
        "while true do nj.tensor({ 1, 2, 3 }):sum():item() end", "local x = nj.ones(2) while true do x = x * 1 end",
        "while true do nj.grad(function(x) return (x * x):sum() end, nj.ones(2)) end",
        "nj.grad(function(x) while true do x = x + 1 end end, nj.ones(2))",
        "nj.losses.rll {} nj.loss { name = 'l', forward = function() while true do end end } {} (nj.ones(2, 2), nj.tensor({ 1, 2 }, { dtype = 'int32' }))",
        "for _ in setmetatable({}, { __call = function() return 1 end }) do end",
        "local s, t = ('x'):rep(1 << 22), ('x'):rep(1 << 22) while true do local _ = s == t end",
        "local s, t = ('x'):rep(1 << 22) .. 'a', ('x'):rep(1 << 22) .. 'b' while true do local _ = s < t end",
        "local s = (' '):rep(1 << 22) .. '1' while true do local _ = s + 1 end",
        "local s = (' '):rep(1 << 22) .. '1' while true do local _ = tonumber(s) end",
        "local t = {} for i = 1, 60000 do t[-i] = i end for i = 1, 60000 do t[-i] = nil end while true do next(t) end",
        "local t = {} for i = 1, 20000 do t[i] = {} end while true do collectgarbage() end",
        "local s = ('x'):rep(1 << 22) while true do utf8.offset(s, 1 << 21) end",
        "local s = ('x'):rep(1 << 22) while true do utf8.codepoint(s, 1, 1) utf8.len(s) end",
        "local a = nj.ones(300, 300) while true do a:matmul(a):sum():item() end",
        "goto again ::again:: goto again", "repeat until false",
    ]
}
