import ArgumentParser
import NightjarRuns
import NightjarScripting

/// `nightjar bench`: numbers about speed that anyone can measure again.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures training steps, losses and the cost of small operations.",
        discussion: "Compare ratios measured in turn with a peer, never times from another day.",
        subcommands: [
            BenchStepCommand.self, BenchLossCommand.self, BenchOptimizerCommand.self, BenchBoundaryCommand.self,
            BenchLuaShareCommand.self, BenchAllCommand.self,
        ])
}

/// `nightjar bench step`
struct BenchStepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "A training step: forward, loss, gradients, update, reading the loss.")

    @Option(help: "A model of a plugin.") var model = "mlp"
    @Option(help: "Samples in a batch.") var batch = 128
    @Option(help: "Threads that compute.") var threads = 2
    @Option(help: "A loss of a plugin.") var loss = "rll"
    @Option(help: "An optimizer of a plugin.") var optimizer = "sgd"
    @Option(help: "Measurements, of which the least and the median are shown.") var repeats = 5
    @Flag(help: "Prints JSON.") var json = false

    func validate() throws {
        try positive([("--batch", batch), ("--threads", threads), ("--repeats", repeats)])
    }

    func run() throws {
        try Console.reporting {
            var bench = StepBench()
            (bench.model, bench.loss, bench.optimizer) = (model, loss, optimizer)
            (bench.batch, bench.threads, bench.repeats) = (batch, threads, repeats)
            let result = try bench.run()
            let (least, median) = (result.times.minimum * 1e3, result.times.median * 1e3)
            let peak = peakResidentMebibytes()
            guard json else {
                let speed = result.gigaflops.map { ", \(NumberText.fixed($0, decimals: 0)) GFLOP/s" } ?? ""
                return Console.output(
                    "nightjar \(NightjarVersion.text) \(model) batch \(batch): \(NumberText.fixed(least, decimals: 2)) ms min, "
                        + "\(NumberText.fixed(median, decimals: 2)) ms median, \(result.parameters) parameters\(speed)")
            }
            var entries: [String: JSONValue] = [
                "framework": .string("nightjar \(NightjarVersion.text)"), "model": .string(model),
                "loss": .string(loss),
                "optimizer": .string(optimizer), "batch": .integer(batch), "threads": .integer(threads),
                "min_ms": .number(least), "median_ms": .number(median), "parameters": .integer(result.parameters),
            ]
            entries["peak_rss_mib"] = peak.map { .number($0) }
            entries["gflops"] = result.gigaflops.map { .number($0) }
            Console.output(JSONValue.object(entries).text(pretty: false))
        }
    }
}

/// `nightjar bench loss`
struct BenchLossCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loss", abstract: "Value and gradient of a loss on its own, recording included.")

    @Option(help: "A loss of a plugin, or a path.") var loss = "rll"
    @Option(help: "Samples in a batch.") var batch = 128
    @Option(help: "Classes.") var classes = 10
    @Option(help: "Threads that compute.") var threads = 2
    @Option(help: "Measurements, of which the least and the median are shown.") var repeats = 5
    @Flag(help: "Prints JSON.") var json = false

    func validate() throws {
        try positive([("--batch", batch), ("--classes", classes), ("--threads", threads), ("--repeats", repeats)])
    }

    func run() throws {
        try Console.reporting {
            var bench = LossBench()
            (bench.loss, bench.batch, bench.classes) = (loss, batch, classes)
            (bench.threads, bench.repeats) = (threads, repeats)
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

/// `nightjar bench boundary`
struct BenchBoundaryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boundary",
        abstract: "What a small tensor operation costs a script: recorded, and recorded and run in blocks of 20.")

    @Option(help: "Threads that compute.") var threads = 2
    @Option(help: "Measurements, of which the least and the median are shown.") var repeats = 5
    @Flag(help: "Prints JSON.") var json = false

    func validate() throws { try positive([("--threads", threads), ("--repeats", repeats)]) }

    func run() throws {
        try Console.reporting {
            var bench = BoundaryBench()
            (bench.threads, bench.repeats) = (threads, repeats)
            let result = try bench.run()
            let perSecond = 1 / result.run.minimum
            let peak = peakResidentMebibytes()
            guard json else {
                func nanoseconds(_ times: BenchTimes) -> String {
                    "\(NumberText.fixed(times.minimum * 1e9, decimals: 0)) ns min, "
                        + "\(NumberText.fixed(times.median * 1e9, decimals: 0)) ns median"
                }
                return Console.output(
                    """
                    nightjar \(NightjarVersion.text) a + b recorded: \(nanoseconds(result.recorded))
                    a million operations, recorded and run in blocks of \(BoundaryBench.blockLength): \
                    \(nanoseconds(result.run)), \(NumberText.fixed(perSecond / 1e6, decimals: 2)) million a second\
                    \(peak.map { ", \(NumberText.fixed($0, decimals: 0)) MiB of memory at the peak" } ?? "")
                    """)
            }
            var entries: [String: JSONValue] = [
                "framework": .string("nightjar \(NightjarVersion.text)"), "threads": .integer(threads),
                "operations": .integer(BoundaryBench.loopLength), "block": .integer(BoundaryBench.blockLength),
                "operations_per_second": .number(perSecond.rounded()),
                "record_min_ns": .number(result.recorded.minimum * 1e9),
                "record_median_ns": .number(result.recorded.median * 1e9),
                "run_min_ns": .number(result.run.minimum * 1e9), "run_median_ns": .number(result.run.median * 1e9),
            ]
            entries["peak_rss_mib"] = peak.map { .number($0) }
            Console.output(JSONValue.object(entries).text(pretty: false))
        }
    }
}

/// Refuses numbers below 1.
func positive(_ options: [(name: String, value: Int)]) throws {
    for (name, value) in options where value < 1 {
        throw ValidationError("\(name) must be at least 1, got \(value)")
    }
}
