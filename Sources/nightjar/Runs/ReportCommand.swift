import ArgumentParser
import Foundation
import NightjarProcess
import NightjarRuns

/// `nightjar report`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Writes a report of any set of runs: one HTML file that needs nothing else.",
        discussion: """
            Tables, curves and paired differences, as an experiment's own report has them.

              nightjar report memorization
              nightjar report --where "loss = 'rll'" --title "All RLL runs" -o rll.html
              nightjar report memorization --against loss=cce --metrics j2,test_accuracy
            """)

    @Argument(help: "Experiments or runs; all where none is given.")
    var names: [String] = []

    @OptionGroup var selection: RunSelection

    @Option(help: "The heading; by default the names of the experiments.")
    var title: String?

    @Option(help: ArgumentHelp("Metrics that are shown, separated by commas.", valueName: "names"))
    var metrics: String?

    @Option(help: ArgumentHelp("What differences are taken to.", valueName: "axis=value"))
    var against: String?

    @Option(name: [.customShort("o"), .long], help: "The file.", completion: .file(extensions: ["html"]))
    var output = "report.html"

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let store = try selection.store()
            let records = try selection.someRecords(store, names)
            var set = try RunSet(records, in: store)
            if let metrics { set = try set.showing(RunsListCommand.split(metrics)) }
            let experiments = Set(records.map(\.experiment)).sorted()
            let usual = experiments.count <= 3 ? experiments.joined(separator: ", ") : "\(records.count) runs"
            var report = Report(title: title ?? usual, set: set)
            report.baseline = try against.map { try Report.Baseline(text: $0) }
            if let baseline = report.baseline { report.baseline = try baseline.checked(set) }
            try report.write(to: URL(fileURLWithPath: output))
            Console.output("written: \(output) (\(records.count) \(records.count == 1 ? "run" : "runs"))")
        }
    }
}
