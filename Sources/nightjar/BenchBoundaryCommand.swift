import ArgumentParser
import NightjarExperiments
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTools

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
