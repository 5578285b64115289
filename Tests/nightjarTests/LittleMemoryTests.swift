import Foundation
import Testing

/// Memory that runs out is an error of the script, wherever it does: in tensors, in the small things that stand for them, in
/// tables and texts, in lists of Swift, in files. The process ends by itself.
@Suite(.serialized) struct LittleMemoryTests {
    /// Runs a script in so many kilobytes of address space.
    private func run(_ script: String, _ kilobytes: Int, _ place: Workplace) throws -> Workplace.Ending {
        try place.write("local nj = require \"nightjar\"\n" + script, to: "script.lua")
        return try place.run(
            ["-c", "ulimit -v \(kilobytes); ulimit -c 0; exec '\(Workplace.program.path)' run script.lua --threads 1"],
            program: URL(fileURLWithPath: "/bin/bash"))
    }

    /// Work that grows without an end, in a `pcall`; what the script lets go of after it is enough to go on.
    @Test(arguments: [
        "local k = {} while true do k[#k + 1] = nj.ones(2) + #k end",
        "local k = {} while true do k[#k + 1] = nj.tensor({ #k }) end",
        "local k = {} while true do k[#k + 1] = nj.rand(1000):copy() end",
        "local k = {} while true do k[#k + 1] = ('x'):rep(1000) .. #k end",
        "local k = {} while true do k[#k + 1] = coroutine.create(print) end",
        "local k = {} while true do k[#k + 1] = nj.losses.rll {} end",
        "local k = {} while true do k[#k + 1] = nj.models.mlp { inputs = 8, hidden = { 8 }, classes = 8 } end",
        "local k = {} while true do k[#k + 1] = nj.data.load('digits').train end",
        "local s = 'x' while true do s = s .. s end",
        "local t = nj.ones(1 << 20) while true do t = nj.cat { t, t } t:sum():item() end",
        "return nj.ones(1 << 25):totable()", "return nj.ones(1 << 26):nonzero()", "return nj.randperm(1 << 26)",
        "return nj.ones(1 << 25):unique()", "return nj.gamma(2, 1 << 27)", "return nj.choice(1 << 27, 1 << 27)",
        "return nj.rand(1 << 26):sort():sum():item()", "return nj.ones(1 << 26):histogram()",
        "return nj.value_and_grad(function(x) local y = x for i = 1, 3e6 do y = y * 1.0001 + x end return y:sum() end, nj.ones(2))",
    ]) func isAnErrorThatTheScriptCanCatch(_ work: String) throws {
        let place = try Workplace()
        let ending = try run(
            """
            local good, message = pcall(function() \(work) end)
            collectgarbage()
            collectgarbage()
            print(good, (tostring(message):gsub("\\n.*", "")))
            print(nj.ones(2):sum():item())
            """, 500_000, place)
        #expect(ending.status == 0, "\(work): \(ending.errors.prefix(400))")
        #expect(ending.output.hasPrefix("false\t"), "\(work): \(ending.output.prefix(400))")
        let message = ending.output.prefix { $0 != "\n" }
        #expect(
            ["not enough memory", "out of memory", "too much to compute", "string length", "resulting string"].contains
            {
                message.contains($0)
            }, "\(work): \(message)")
        #expect(ending.output.hasSuffix("\n2.0\n"), "\(work): \(ending.output.prefix(400))")
    }

    /// While everything is still held, what is small goes on: there is a reserve.
    @Test func theScriptMaySaySoBeforeItCleansUp() throws {
        let place = try Workplace()
        let ending = try run(
            """
            local k, n = {}, 0
            print(pcall(function() while true do n = n + 1 k[n] = nj.ones(2) + n end end))
            print(pcall(function() return nj.ones(3):totable()[1] end))
            k = nil
            collectgarbage()
            print("alive", nj.ones(2):sum():item())
            """, 500_000, place)
        #expect(ending.status == 0, "\(ending.errors.prefix(400))")
        #expect(ending.output.hasPrefix("false\t") && ending.output.hasSuffix("alive\t2.0\n"), "\(ending.output)")
    }

    /// A script that goes on asking is refused each time, and ends by itself or by its own end.
    @Test func askingAgainAndAgainEndsNothing() throws {
        let place = try Workplace()
        let ending = try run(
            """
            local k = {}
            for i = 1, 200 do pcall(function() while true do k[#k + 1] = nj.ones(2) + #k end end) end
            print("still here")
            """, 400_000, place)
        #expect(ending.status == 0 || ending.status == 1, "\(ending.status): \(ending.errors.prefix(400))")
        #expect(ending.output == "still here\n" || ending.errors.contains("memory"), "\(ending.errors.prefix(400))")
    }
}
