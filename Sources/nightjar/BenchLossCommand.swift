import ArgumentParser
import NightjarExperiments
import NightjarRuns
import NightjarScripting
import NightjarTools

/// `nightjar bench loss`
struct BenchLossCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loss", abstract: "Value and gradient of a loss on its own, recording included.")

    @Option(help: "A loss of a plugin, or a path.") var loss = "rll"
    @Option(help: "Samples in a batch.") var batch = 128
    @Option(help: "Classes.") var classes = 10
    @Option(help: "Threads that compute.") var threads = 2
    @Option(help: "Measurements, of which the least and the median are shown.") var repeats = 5
    @Flag(help: "Lifts the sandbox, and lets native libraries be loaded.") var trust = false
    @Flag(help: "Prints JSON.") var json = false
    @OptionGroup var places: PluginOptions

    func validate() throws {
        try positive([("--batch", batch), ("--classes", classes), ("--threads", threads), ("--repeats", repeats)])
    }

    func run() throws {
        try Console.reporting {
            var bench = LossBench()
            (bench.loss, bench.batch, bench.classes) = (loss, batch, classes)
            (bench.threads, bench.repeats, bench.isTrusted) = (threads, repeats, trust)
            let times = try bench.run()
            let (least, median) = (times.minimum * 1e6, times.median * 1e6)
            guard json else {
                return Console.output(
                    "nightjar \(NightjarVersion.text) \(loss) batch \(batch) classes \(classes): "
                        + "\(NumberText.fixed(least, decimals: 1)) us min, \(NumberText.fixed(median, decimals: 1)) us median"
                )
            }
            let entries: JSONValue = [
                "framework": .string("nightjar \(NightjarVersion.text)"), "loss": .string(loss),
                "batch": .integer(batch),
                "classes": .integer(classes), "threads": .integer(threads), "min_us": .number(least),
                "median_us": .number(median),
            ]
            Console.output(entries.text(pretty: false))
        }
    }
}
