import ArgumentParser
import NightjarExperiments
import NightjarRuns
import NightjarScripting
import NightjarTools

/// `nightjar bench lua-share`
struct BenchLuaShareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lua-share",
        abstract: "The MLP step with loss and optimizer in Lua, in turn with the same step in Swift.",
        discussion: """
            Model 784-512-512-10, robust log loss, SGD with momentum. One turn is a step each way; which comes first \
            changes from turn to turn. A further round in Lua runs under the profiler of `nightjar run --profile`.
            """)

    @Option(help: "Samples in a batch.") var batch = 128
    @Option(help: "Threads that compute.") var threads = 2
    @Option(help: "Pairs of steps.") var turns = 200
    @Flag(help: "Prints JSON.") var json = false

    func validate() throws { try positive([("--batch", batch), ("--threads", threads), ("--turns", turns)]) }

    func run() throws {
        try Console.reporting {
            var bench = LuaShareBench()
            (bench.batch, bench.threads, bench.turns) = (batch, threads, turns)
            let result = try bench.run()
            let (lua, swift) = (result.luaMedian * 1e3, result.swiftMedian * 1e3)
            let ratios = result.ratios
            guard json else {
                func text(_ value: Double, _ decimals: Int) -> String { NumberText.fixed(value, decimals: decimals) }
                return Console.output(
                    """
                    nightjar \(NightjarVersion.text) mlp batch \(batch), \(threads) threads, \(turns) turns
                    step with loss and optimizer in Lua: \(text(lua, 3)) ms median
                    the same step in Swift:              \(text(swift, 3)) ms median
                    Lua / Swift, turn by turn: \(text(ratios.median, 4)) median, \(text(ratios.low, 4)) to \
                    \(text(ratios.high, 4)) in 8 of 10 turns
                    Lua's part of the step: \(text(result.profiledPercent, 2)) % by the profiler \
                    (\(result.callbacks.map { "\($0.name) \(text($0.microseconds, 1)) us" }.joined(separator: ", ")))
                    """)
            }
            let entries: JSONValue = [
                "framework": .string("nightjar \(NightjarVersion.text)"), "model": "mlp", "loss": "rll",
                "optimizer": "sgd", "batch": .integer(batch), "threads": .integer(threads), "turns": .integer(turns),
                "lua_median_ms": .number(lua), "swift_median_ms": .number(swift),
                "ratio_median": .number(ratios.median),
                "ratio_p10": .number(ratios.low), "ratio_p90": .number(ratios.high),
                "profiler_lua_percent": .number(result.profiledPercent),
                "profiler_lua_us": .object(
                    Dictionary(uniqueKeysWithValues: result.callbacks.map { ($0.name, .number($0.microseconds)) })),
            ]
            Console.output(entries.text(pretty: false))
        }
    }
}
