import ArgumentParser
import Foundation
import NightjarProcess
import NightjarRuns

/// `nightjar table`.
struct TableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Prints a table of results: text, CSV, Markdown, LaTeX or JSON.",
        discussion: """
            Statistics are taken over the axes that the runs declare as replicates (the seed, unless they say otherwise), or \
            over those of --over. Axes with several values that are named nowhere stand in rows: no number is a mean over \
            runs that differ in anything else. Values are those at the end of each run, unless --at says otherwise; runs \
            that failed or are not finished are counted, not averaged.

              nightjar table memorization
              nightjar table memorization --rows loss --columns rate --stats mean,ci,n
              nightjar table memorization --against loss=cce --format latex
              nightjar table --where "rate > 0" --at best:test_accuracy -o table.md
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, csv, markdown, latex, json
    }

    @Argument(help: "Experiments or runs; all where none is given.")
    var names: [String] = []

    @OptionGroup var selection: RunSelection

    @Option(help: ArgumentHelp("Axes in rows, separated by commas.", valueName: "axes"))
    var rows: String?

    @Option(help: ArgumentHelp("Axes in columns, separated by commas; none for metrics in columns.", valueName: "axes"))
    var columns: String?

    @Option(help: ArgumentHelp("Metrics, separated by commas.", valueName: "names"))
    var metrics: String?

    @Option(help: ArgumentHelp("Axes that statistics are taken over.", valueName: "axes"))
    var over: String?

    @Option(
        name: .customLong("stats"),
        help: ArgumentHelp(
            "Of mean, sd, ci (95 % t-interval), n, median, min, max, separated by commas.", valueName: "names"))
    var statistics: String?

    @Option(
        help: ArgumentHelp(
            "Values at the end (final), at each run's best epoch (best, best:METRIC), or at an epoch.",
            valueName: "moment"))
    var at: String = "final"

    @Option(
        help: ArgumentHelp(
            "Adds paired differences to a value of an axis; in CSV instead of the table.", valueName: "axis=value"))
    var against: String?

    @Option(help: "How it is written.")
    var format: Format = .text

    @Option(name: [.customShort("o"), .long], help: "A file to write to.", completion: .file())
    var output: String?

    @Flag(help: "Text without boxes.")
    var plain = false

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let spec = try spec()
            let store = try selection.store()
            let set = try RunSet(try selection.someRecords(store, names), in: store)
            let table = try spec.table(set)
            // What stands where is left as it was asked for.
            let isChosen = rows != nil || columns != nil || output != nil || format != .text
            let fitting = isChosen ? table : table.fitting(TerminalText.columns(of: STDOUT_FILENO))
            let text = text(fitting, try spec.differences(table))
            guard let output else { return Console.print(text) }
            try AtomicFile.write(text, to: URL(fileURLWithPath: output))
            Console.output("written: \(output)")
        }
    }

    private func text(_ table: ResultTable, _ differences: DifferenceTable?) -> String {
        let colour = output == nil && Console.isTerminal
        switch format {
        case .text:
            let style: ResultTable.TerminalStyle = plain ? .plain : .box
            let more = differences.map { "\n" + $0.terminal(style: style, colour: colour) } ?? ""
            return table.terminal(style: style, colour: colour) + more
        case .markdown: return table.markdown + (differences.map { "\n" + $0.markdown } ?? "")
        case .latex: return table.latex + (differences.map { "\n" + $0.latex } ?? "")
        case .csv: return differences?.csv ?? table.csv
        case .json: return table.json.text()
        }
    }

    private func spec() throws -> TableSpec {
        var spec = TableSpec()
        spec.rows = rows.map(RunsListCommand.split)
        spec.columns = columns.map { $0 == "none" ? [] : RunsListCommand.split($0) }
        spec.metrics = metrics.map(RunsListCommand.split)
        spec.over = over.map(RunsListCommand.split)
        spec.moment = try RunMoment(at)
        if let statistics {
            spec.statistics = try RunsListCommand.split(statistics).map { name in
                guard let statistic = TableSpec.Statistic(rawValue: name) else {
                    throw RunError(
                        "there is no statistic '\(name)': statistics are "
                            + TableSpec.Statistic.allCases.map(\.rawValue).joined(separator: ", "))
                }
                return statistic
            }
        }
        spec.baseline = try against.map { try Report.Baseline(text: $0) }
        return spec
    }
}
