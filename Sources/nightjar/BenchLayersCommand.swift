import ArgumentParser
import NightjarExperiments
import NightjarRuns
import NightjarScripting
import NightjarTools

/// `nightjar bench layers`
struct BenchLayersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "layers", abstract: "Single convolutions, forward and with both gradients.",
        discussion: "GFLOP/s count convolutions as plain sums of products, whatever the algorithm.")

    @Option(help: "Images in a batch.") var batch = 128
    @Option(help: "Threads that compute.") var threads = 2
    @Option(help: "Measurements, of which the least is shown.") var repeats = 3
    @Flag(help: "Prints JSON.") var json = false

    func validate() throws {
        try positive([("--batch", batch), ("--threads", threads), ("--repeats", repeats)])
    }

    func run() throws {
        try Console.reporting {
            var bench = LayerBench()
            (bench.batch, bench.threads, bench.repeats) = (batch, threads, repeats)
            let results = try bench.run()
            if json {
                let layers = results.map { result -> JSONValue in
                    [
                        "name": .string(result.layer.name), "flops": .number(result.flops),
                        "forward_ms": .number(result.forward.minimum * 1e3),
                        "gradients_ms": .number(result.withGradients.minimum * 1e3),
                    ]
                }
                let entries: JSONValue = [
                    "framework": .string("nightjar \(NightjarVersion.text)"), "batch": .integer(batch),
                    "threads": .integer(threads), "layers": .array(layers),
                ]
                return Console.output(entries.text(pretty: false))
            }
            func speed(_ flops: Double, _ seconds: Double) -> String {
                NumberText.fixed(flops / seconds / 1e9, decimals: 0)
            }
            var lines = [
                "| layer, batch \(batch) | forward (ms) | GFLOP/s | with gradients (ms) | GFLOP/s |",
                "|---|---:|---:|---:|---:|",
            ]
            for result in results {
                let (forward, all) = (result.forward.minimum, result.withGradients.minimum)
                lines.append(
                    "| \(result.layer.name) | \(NumberText.fixed(forward * 1e3, decimals: 2)) | "
                        + "\(speed(result.flops, forward)) | \(NumberText.fixed(all * 1e3, decimals: 2)) | "
                        + "\(speed(3 * result.flops, all)) |")
            }
            Console.output(lines.joined(separator: "\n"))
        }
    }
}
