import Foundation
import NightjarScripting
import Testing

/// The patterns of scripts in the sandbox against those of the standard library, which trusted scripts have.
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
        let (own, standard) = (try text(ScriptOptions()), try text(ScriptOptions(isTrusted: true)))
        #expect(own.count == standard.count)
        for (one, other) in zip(own, standard) { #expect(one == other) }
        #expect(own.count > 13_000)
    }
}
