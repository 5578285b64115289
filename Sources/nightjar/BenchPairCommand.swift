import ArgumentParser
import NightjarExperiments
import NightjarRuns
import NightjarScripting
import NightjarTools

/// `nightjar bench pair`
struct BenchPairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pair", abstract: "A training step with one loss, in turn with the same step with another.",
        discussion: "One turn is a step each way; which comes first changes from turn to turn.")

    @Option(help: "A model of a plugin.") var model = "mlp"
    @Option(help: "A loss of a plugin, or a path.") var loss = "rll"
    @Option(help: "The loss that it is compared with.") var against = "cce"
    @Option(help: "Samples in a batch.") var batch = 128
    @Option(help: "Threads that compute.") var threads = 2
    @Option(help: "Pairs of steps.") var turns = 200
    @Flag(help: "Lifts the sandbox, and lets native libraries be loaded.") var trust = false
    @Flag(help: "Prints JSON.") var json = false
    @OptionGroup var places: PluginOptions

    func validate() throws { try positive([("--batch", batch), ("--threads", threads), ("--turns", turns)]) }

    func run() throws {
        try Console.reporting {
            var bench = LossPairBench()
            (bench.model, bench.loss, bench.other) = (model, loss, against)
            (bench.batch, bench.threads, bench.turns, bench.isTrusted) = (batch, threads, turns, trust)
            let result = try bench.run()
            let (own, other) = (result.medians.loss * 1e3, result.medians.other * 1e3)
            guard json else {
                func text(_ value: Double, _ decimals: Int) -> String { NumberText.fixed(value, decimals: decimals) }
                return Console.output(
                    """
                    nightjar \(NightjarVersion.text) \(model) batch \(batch), \(threads) threads, \(turns) turns
                    step with \(loss): \(text(own, 3)) ms median
                    step with \(against): \(text(other, 3)) ms median
                    first / second, turn by turn: \(text(result.ratios.median, 4)) median, \(text(result.ratios.low, 4)) to \
                    \(text(result.ratios.high, 4)) in 8 of 10 turns
                    """)
            }
            let entries: JSONValue = [
                "framework": .string("nightjar \(NightjarVersion.text)"), "model": .string(model),
                "loss": .string(loss), "against": .string(against), "batch": .integer(batch),
                "threads": .integer(threads), "turns": .integer(turns), "loss_median_ms": .number(own),
                "against_median_ms": .number(other), "ratio_median": .number(result.ratios.median),
                "ratio_p10": .number(result.ratios.low), "ratio_p90": .number(result.ratios.high),
            ]
            Console.output(entries.text(pretty: false))
        }
    }
}
