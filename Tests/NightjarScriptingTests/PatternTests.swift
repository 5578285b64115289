import Foundation
import NightjarScripting
import Testing

/// The patterns of scripts against those of the standard library.
@Suite struct PatternTests {
    /// Random patterns on random texts: results, captures and messages, as one text.
    private static let script = #"""
        local seed = ...
        local function random(n)
          seed = (seed * 1103515245 + 12345) % 2147483648
          return seed // 65536 % n + 1
        end
        local pieces = { "a", "b", "ab", ".", "%a", "%d", "%S", "[ab]", "[^a]", "[a-c1]", "[%a_]", "[]a]", "(", ")", "()",
          "%1", "%2", "%b()", "%f[%a]", "%f[%W]", "^", "$", "%%", "*", "+", "-", "?", "x", " ", "%", "[", "(a*)", "(.-)",
          "%z", "\0", "%x", "%p" }
        local letters = { "a", "b", "c", "1", " ", "(", ")", "%", "_", "\0", "é", "A" }
        local function text(list, most)
          local parts = {}
          for i = 1, random(most) do parts[i] = list[random(#list)] end
          return table.concat(parts)
        end
        local lines = {}
        local function note(what, ...)
          local parts = table.pack(...)
          for i = 1, parts.n do parts[i] = tostring(parts[i]) end
          lines[#lines + 1] = what .. "(" .. table.concat(parts, ",") .. ")"
        end
        for round = 1, 1500 do
          local s, p = text(letters, 12), text(pieces, 5)
          local init = random(9) - 5
          note("find " .. p, pcall(string.find, s, p))
          note("find at " .. p, pcall(string.find, s, p, init))
          note("plain " .. p, pcall(string.find, s, p, init, true))
          note("match " .. p, pcall(string.match, s, p, init))
          note("gsub " .. p, pcall(string.gsub, s, p, "<%0%1>"))
          note("gsub n " .. p, pcall(string.gsub, s, p, "%2-", random(3)))
          note("gsub f " .. p, pcall(string.gsub, s, p, function(...) return select("#", ...) > 1 and (...) end))
          note("gsub t " .. p, pcall(string.gsub, s, p, { a = "T", ab = 7, b = false }))
          note("gmatch " .. p, pcall(function()
            local found, count = {}, 0
            for one, two in s:gmatch(p, init) do
              count = count + 1
              found[count] = tostring(one) .. ":" .. tostring(two)
            end
            return table.concat(found, ";")
          end))
        end
        for _, p in ipairs { ("a?"):rep(300) .. "b", ("("):rep(40), "%g", "[", "[a", "[%", "%", "%f", "(()", "a)", "%9" } do
          note("odd " .. p, pcall(string.find, ("a"):rep(300), p))
        end
        note("types", pcall(string.gsub, "a", "a", true))
        note("types", pcall(string.gsub, "a", "a", function() return {} end))
        note("types", pcall(string.gsub, "a", "a", "%x"))
        note("types", pcall(string.find, "a"))
        note("numbers", ("x"):gsub("x", 5), string.find(12345, 34))
        return table.concat(lines, "\n")
        """#

    @Test(arguments: 1...8) func theyGiveWhatTheStandardLibraryGives(seed: Int) throws {
        func text(_ options: ScriptOptions) throws -> [Substring] {
            let values = try makeHost(options).run(PatternTests.script, arguments: [.integer(seed)])
            return try #require(values.first?.asString).split(separator: "\n")
        }
        var bare = ScriptOptions(isTrusted: true)
        bare.isBare = true
        let (own, standard) = (try text(ScriptOptions()), try text(bare))
        #expect(own.count == standard.count)
        for (one, other) in zip(own, standard) { #expect(one == other) }
        #expect(own.count > 13_000)
    }

    /// Random lists, positions and metamethods, as one text.
    private static let lists = #"""
        local seed = ...
        local function random(n)
          seed = (seed * 1103515245 + 12345) % 2147483648
          return seed // 65536 % n + 1
        end
        local lines = {}
        local function show(v)
          if type(v) ~= "table" then return tostring(v) end
          local parts = {}
          for i = -3, 14 do parts[#parts + 1] = tostring(rawget(v, i)) end
          return table.concat(parts, " ")
        end
        local function note(what, ...)
          local parts = table.pack(...)
          for i = 1, parts.n do parts[i] = show(parts[i]) end
          lines[#lines + 1] = what .. "(" .. table.concat(parts, ",") .. ")"
        end
        local function list()
          local t = {}
          for i = 1, random(9) - 1 do t[i] = random(3) == 1 and "s" .. random(5) or random(20) end
          if random(9) == 1 then t[random(9)] = nil end
          if random(5) == 1 then
            setmetatable(t, { __len = function() return random(9) end, __index = function(_, k) return k end })
          end
          return t
        end
        local ends = { -1, 0, 1, 2, 3, 5, 8, 1e9, math.maxinteger, math.mininteger, "2", 2.0, 2.5, "x" }
        local function any() return ends[random(#ends)] end
        local function near() return random(12) - 3 end
        for round = 1, 3000 do
          local t, u = list(), list()
          note("insert", pcall(table.insert, t, random(50)))
          note("insert at", pcall(table.insert, t, near(), random(50)), t)
          note("insert odd", pcall(table.insert, t, any() == 2 and 2 or "x", 1, random(2) == 1 and 2 or nil), t)
          note("remove", pcall(table.remove, t), t)
          note("remove at", pcall(table.remove, t, near()), t)
          note("move", pcall(table.move, t, near(), near(), near()), t)
          note("move to", pcall(table.move, t, near(), near(), near(), u), u)
          note("concat", pcall(table.concat, t, random(2) == 1 and ", " or nil, near(), near()))
          note("concat all", pcall(table.concat, t))
          note("unpack", pcall(table.unpack, t, near(), near()))
          note("unpack odd", pcall(table.unpack, { 1 }, any(), 1))
          note("sort", pcall(table.sort, t), t)
          note("sort by", pcall(table.sort, u, function(a, b) return tostring(a) > tostring(b) end), u)
          note("rep", pcall(string.rep, ("ab"):sub(1, random(3) - 1), near(), random(2) == 1 and "," or nil))
        end
        local long = {}
        for i = 1, 5000 do long[i] = random(30000) end
        table.sort(long)
        note("long", table.concat(long, " "))
        table.sort(long, function(a, b) return a > b end)
        note("back", table.concat(long, " "))
        note("bad order", pcall(table.sort, { 5, 3, 1, 2, 4, 6, 8, 7 }, function() return true end))
        for _, f in ipairs { table.concat, table.unpack, table.insert, table.remove, table.sort, table.move, string.rep } do
          note("no table", pcall(f, 1))
          note("nothing", pcall(f))
        end
        note("rep", #string.rep("abc", 1e6, "--"), string.rep("abc", 5e5, "--"):sub(-20), pcall(string.rep, "x", 1 << 62))
        note("separators", pcall(table.concat, { 1, 2 }, {}), pcall(table.concat, { 1, {}, 3 }))
        return table.concat(lines, "\n")
        """#

    @Test(arguments: 1...4) func listsAreWhatTheStandardLibraryMakes(seed: Int) throws {
        func text(_ options: ScriptOptions) throws -> [Substring] {
            let values = try makeHost(options).run(PatternTests.lists, arguments: [.integer(seed)])
            return try #require(values.first?.asString).split(separator: "\n")
        }
        var bare = ScriptOptions(isTrusted: true)
        bare.isBare = true
        let (own, standard) = (try text(ScriptOptions()), try text(bare))
        #expect(own.count == standard.count)
        for (one, other) in zip(own, standard) { #expect(one == other) }
        #expect(own.count > 40_000)
    }
}
