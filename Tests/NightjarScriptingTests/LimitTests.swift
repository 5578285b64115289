import NightjarScripting
import NightjarTensor
import Testing

/// Limits of a whole run: what meets one is over, whatever it wraps itself into.
@Suite(.serialized) struct LimitTests {
    private func host(_ limits: ScriptLimits) throws -> ScriptHost {
        var options = ScriptOptions()
        options.limits = limits
        let host = try makeHost(options)
        host.output = { _ in }
        return host
    }

    private static let words: [ScriptLimits.Kind: String] = [
        .time: "the run took longer than 0.05s (the limit that --limit-time sets)",
        .memory: "the run needs more than 48MiB for Lua and tensors (the limit that --limit-memory sets)",
        .instructions: "the run used up its 500000 instructions (the limit that --limit-instructions sets)",
    ]

    /// It says which limit, on a line of the script, and nothing of the script runs any more.
    private func expectOver(_ script: String, _ kind: ScriptLimits.Kind, _ host: ScriptHost) throws {
        let words = LimitTests.words[kind] ?? ""
        let message = try failure(script, host)
        #expect(message.hasSuffix(words) && message.hasPrefix("script.lua:2: "), "\(script)\n\(message)")
        #expect(host.metLimit == kind, "\(script)")
        host.limitInstructions(0)
        #expect(throws: ScriptError.self, "\(script)") { try host.run("return 1") }
        #expect(host.metLimit == kind, "\(script)")
    }

    @Test(arguments: EndlessScripts.all) func instructionsOfARunCannotBeEscaped(_ script: String) throws {
        guard !script.contains("table.move({}, math.mininteger") else { return }
        try expectOver(script, .instructions, try host(ScriptLimits(instructions: 500_000)))
    }

    @Test(arguments: EndlessScripts.all + [EndlessScripts.slow]) func theTimeOfARunCannotBeEscaped(_ script: String)
        throws
    {
        guard !script.contains("table.move({}, math.mininteger") else { return }
        try expectOver(script, .time, try host(ScriptLimits(seconds: 0.05)))
    }

    @Test(arguments: [
        "local k = {} while true do k[#k + 1] = #k end", "local s = 'x' while true do s = s .. s end",
        "local k = {} while true do pcall(function() while true do k[#k + 1] = ('x'):rep(1000) .. #k end end) end",
        "local k = {} xpcall(function() while true do k[#k + 1] = {} end end, function() while true do k[#k + 1] = {} end end)",
        "local k = {} while true do k[#k + 1] = coroutine.create(print) end",
        "local k = {} coroutine.wrap(function() while true do k[#k + 1] = {} end end)()",
        "local k = {} while true do k[#k + 1] = nj.rand(1000):copy() end",
        "local k = {} while true do pcall(function() while true do k[#k + 1] = nj.ones(1 << 16):copy() end end) end",
        "return pcall(function() return nj.ones(1 << 24):copy() end)", "return nj.rand(1 << 24):sort():sum():item()",
        "return nj.ones(1 << 22):totable()", "return ('x'):rep(1 << 26)",
        "return table.concat({ ('x'):rep(1 << 24), ('y'):rep(1 << 24), ('z'):rep(1 << 24) })",
        "return ('x'):rep(1 << 24):gsub('x', 'yyyyyyyy')",
        "local t = nj.ones(1 << 20) while true do t = nj.cat { t, t } t:sum():item() end",
        "local k = {} while true do k[#k + 1] = nj.models.mlp { inputs = 8, hidden = { 8 }, classes = 8 } end",
    ]) func theMemoryOfARunCannotBeEscaped(_ script: String) throws {
        try expectOver(script, .memory, try host(ScriptLimits(bytes: 48 << 20)))
    }

    /// What nothing refers to does not count, in Lua and in tensors.
    @Test func garbageIsCollectedBeforeALimitIsMet() throws {
        let host = try host(ScriptLimits(bytes: 64 << 20))
        #expect(
            try numbers(
                """
                for i = 1, 300 do local t = nj.full({ 1 << 20 }, i):copy() end
                for i = 1, 300 do local s = ("x"):rep(1 << 20) .. i end
                return { nj.ones(2):sum():item() }
                """, host) == [2])
        #expect(host.metLimit == nil)
    }

    @Test func aLimitOfAPartEndsWithItAndCountsInTheRun() throws {
        let host = try host(ScriptLimits(instructions: 10_000_000))
        host.limitInstructions(100_000)
        #expect(try failure("while true do end", host) == "script.lua:2: the script used up its instructions")
        host.limitInstructions(0)
        #expect(host.metLimit == nil)
        #expect(try numbers("return { 1 }", host) == [1])
        for _ in 0..<200 where host.metLimit == nil {
            host.limitInstructions(100_000)
            _ = try? host.run("while true do end")
        }
        #expect(host.metLimit == .instructions)
    }

    @Test func aRunWithLimitsThatItDoesNotMeetIsAsWithout() throws {
        let host = try host(ScriptLimits(seconds: 600, bytes: 1 << 30, instructions: 1 << 40))
        let script = """
            local value, gradient = nj.value_and_grad(function(x) return (x * x):sum() end, nj.tensor({ 1, 2, 3 }))
            return gradient:totable()
            """
        #expect(try numbers(script, host) == numbers(script, makeHost()))
        #expect(host.metLimit == nil)
    }

    /// One host's end is not another's.
    @Test func limitsAreThoseOfOneHost() throws {
        let other = try makeHost()
        let over = try host(ScriptLimits(seconds: 0.05, instructions: 1_000_000_000))
        _ = try failure("while true do end", over)
        #expect(over.metLimit == .time && other.metLimit == nil)
        #expect(try numbers("return (nj.ones(2) + 1):totable()", other) == [2, 2])
    }

    /// Makes tensors of 64 MiB in all and keeps them.
    private static let large =
        "kept = {} for i = 1, 16 do kept[i] = nj.full({ 1 << 20 }, i):copy() end return { #kept }"

    /// What one host's session holds is no memory of another's, on the same thread in turn and on threads of their own.
    @Test func theMemoryOfOneHostIsNotAnothers() async throws {
        let bytes = 48 << 20
        let (limited, free) = (try host(ScriptLimits(bytes: bytes)), try makeHost())
        let small = "return (nj.ones(1 << 20) + 1):sum():totable()"
        let script = "local " + LimitTests.large
        let held = try free.run("local nj = require 'nightjar' local " + LimitTests.large + ", kept")
        #expect(try numbers(small, limited) == [2_097_152])
        #expect(try numbers(script, free) == [16])
        #expect(limited.metLimit == nil)
        try expectOver(script, .memory, limited)
        #expect(try numbers(script, free) == [16])
        let elsewhere = Task.detached { try numbers(script, makeHost()) }
        #expect(try failure(script, host(ScriptLimits(bytes: bytes))).hasSuffix(LimitTests.words[.memory] ?? ""))
        #expect(try await elsewhere.value == [16])
        withExtendedLifetime(held) {}
    }

    /// A function of the program's may run another host inside of a limited one's script.
    @Test func aHostWithoutALimitRunsInsideOfALimitedOne() throws {
        let (limited, free) = (try host(ScriptLimits(bytes: 48 << 20)), try makeHost())
        try limited.register("elsewhere") { _ in
            [.number(try numbers("local " + LimitTests.large, free).first ?? 0)]
        }
        let script = "return { nj.host.elsewhere(), nj.ones(1 << 20):copy():sum():item() }"
        #expect(try numbers(script, limited) == [16, 1_048_576])
        #expect(limited.metLimit == nil)
        try expectOver("local " + LimitTests.large, .memory, limited)
    }

    /// What a program asks of a limited session outside of its scripts counts as well.
    @Test func whatIsComputedOutsideOfAScriptCounts() throws {
        let limited = try host(ScriptLimits(bytes: 48 << 20))
        let values = try limited.run("local nj = require 'nightjar' return nj.rand(1 << 22) * 2, nj.rand(1 << 25) * 2")
        let tensors = values.compactMap(\.asTensor)
        #expect(tensors.count == 2)
        #expect(try limited.session.evaluate([tensors[0]]).first?.count == 1 << 22)
        let error = #expect(throws: TensorError.self) { try limited.session.evaluate([tensors[1]]) }
        #expect(error?.message.hasPrefix("out of memory: no room for ") == true)
    }

    /// Whoever holds a tensor of a host that is gone gives it back to nobody's harm.
    @Test func tensorsOutliveTheHostWhoseMemoryTheyWere() throws {
        var tensor: Tensor?
        do {
            let limited = try host(ScriptLimits(bytes: 48 << 20))
            let value = try limited.run("local nj = require 'nightjar' return nj.full({ 1 << 20 }, 3):copy()").first
            tensor = try value?.asTensor.flatMap { try limited.session.evaluate([$0]).first }
        }
        #expect(tensor?.values.last == 3)
        tensor = nil
        #expect(try numbers("local " + LimitTests.large, makeHost()) == [16])
    }

    @Test func manyHostsWithLimitsComeAndGo() throws {
        for _ in 0..<80 {
            let host = try host(ScriptLimits(seconds: 60, bytes: 1 << 30))
            #expect(try numbers("return { 1 }", host) == [1])
        }
    }

    /// Lua calls no hook in a finalizer, so a run with limits has none.
    @Test func trustedScriptsHaveFinalizersOnlyWithoutLimits() throws {
        var options = ScriptOptions(isTrusted: true)
        #expect(try numbers("setmetatable({}, { __gc = function() end }) return { 1 }", makeHost(options)) == [1])
        options.limits.seconds = 60
        #expect(
            try failure("setmetatable({}, { __gc = function() end })", makeHost(options))
                == "script.lua:2: scripts cannot have finalizers ('__gc') in a run with limits: use '<close>'")
    }

    @Test(arguments: [
        ("90", 90.0), ("90s", 90), ("1.5h", 5400), ("5m", 300), ("0.25s", 0.25),
    ]) func timesAreRead(_ text: String, _ seconds: Double) throws {
        #expect(try ScriptLimits(time: text, memory: nil, instructions: nil).seconds == seconds)
    }

    @Test(arguments: [
        ("512MiB", 512 << 20), ("2GiB", 2 << 30), ("0.5GiB", 512 << 20), ("2048KiB", 2 << 20), ("1048576", 1 << 20),
    ]) func sizesAreRead(_ text: String, _ bytes: Int) throws {
        #expect(try ScriptLimits(time: nil, memory: text, instructions: nil).bytes == bytes)
    }

    @Test func countsAreRead() throws {
        #expect(try ScriptLimits(time: nil, memory: nil, instructions: "1e9").instructions == 1_000_000_000)
    }

    @Test(arguments: ["", "s", "0", "-1", "5 days", "1e99", "nan", "inf", "5x"])
    func whatIsNoTimeIsSaidToBeNone(_ text: String) {
        let error = #expect(throws: ScriptError.self) { try ScriptLimits(time: text, memory: nil, instructions: nil) }
        #expect(
            error?.message
                == "--limit-time takes seconds, or a number with s, m or h such as 90s or 1.5h, got '\(text)'")
    }

    @Test(arguments: ["", "MiB", "0", "1KiB", "-1GiB", "5MB", "1e99GiB", "nan"])
    func whatIsNoSizeIsSaidToBeNone(_ text: String) {
        let error = #expect(throws: ScriptError.self) { try ScriptLimits(time: nil, memory: text, instructions: nil) }
        #expect(
            error?.message
                == "--limit-memory takes at least 1MiB, as bytes or a number with KiB, MiB or GiB such as 512MiB, got "
                + "'\(text)'")
    }

    @Test(arguments: ["", "0", "-1", "1.5", "many", "1e99"]) func whatIsNoCountIsSaidToBeNone(_ text: String) {
        let error = #expect(throws: ScriptError.self) { try ScriptLimits(time: nil, memory: nil, instructions: text) }
        #expect(
            error?.message
                == "--limit-instructions takes a whole number such as 1000000 or 1e9, got '\(text)'")
    }
}
