import ArgumentParser
import NightjarExperiments
import NightjarRuns
import NightjarScripting
import NightjarTools

/// `nightjar bench optimizer`
struct BenchOptimizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "optimizer",
        abstract: "The update of all parameters of a network, against a copy of as many bytes.",
        discussion: """
            The update reads the weights, the gradients and what the optimizer remembers, and writes all but the \
            gradients. The copy reads and writes as many bytes in all, on as many threads; both are measured in turn.
            """)

    @Option(help: "An optimizer of a plugin, or a path.") var optimizer = "sgd"
    @Option(help: "Whose parameters: \(OptimizerBench.networks.joined(separator: ", ")).") var parameters = "resnet18"
    @Option(help: "Threads that compute.") var threads = 2
    @Option(help: "Measurements, of which the least and the median are shown.") var repeats = 7
    @Flag(help: "Prints JSON.") var json = false

    func validate() throws {
        try positive([("--threads", threads), ("--repeats", repeats)])
        guard OptimizerBench.networks.contains(parameters) else {
            throw ValidationError("--parameters is one of \(OptimizerBench.networks.joined(separator: ", "))")
        }
    }

    func run() throws {
        try Console.reporting {
            var bench = OptimizerBench()
            (bench.optimizer, bench.network, bench.threads, bench.repeats) = (optimizer, parameters, threads, repeats)
            let result = try bench.run()
            let bytes = Double(result.bytes)
            let (own, copy) = (bytes / result.update.minimum / 1e9, bytes / result.copy.minimum / 1e9)
            guard json else {
                return Console.output(
                    "nightjar \(NightjarVersion.text) \(optimizer) of \(parameters), \(result.tensors) tensors, "
                        + "\(result.elements) numbers: \(NumberText.fixed(result.update.minimum * 1e3, decimals: 3)) ms, "
                        + "\(NumberText.fixed(own, decimals: 1)) GB/s; a copy \(NumberText.fixed(copy, decimals: 1)) GB/s, "
                        + "ratio \(NumberText.fixed(own / copy, decimals: 2))")
            }
            let entries: JSONValue = [
                "framework": .string("nightjar \(NightjarVersion.text)"), "optimizer": .string(optimizer),
                "parameters": .string(parameters), "threads": .integer(threads), "tensors": .integer(result.tensors),
                "numbers": .integer(result.elements), "bytes": .integer(result.bytes),
                "min_ms": .number(result.update.minimum * 1e3), "median_ms": .number(result.update.median * 1e3),
                "copy_min_ms": .number(result.copy.minimum * 1e3), "copy_median_ms": .number(result.copy.median * 1e3),
                "gb_per_second": .number(own), "copy_gb_per_second": .number(copy), "ratio": .number(own / copy),
            ]
            Console.output(entries.text(pretty: false))
        }
    }
}
