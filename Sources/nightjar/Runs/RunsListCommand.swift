import ArgumentParser
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// `nightjar runs list`.
struct RunsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists runs: filtered, sorted, with columns of one's choice.",
        discussion: """
            Columns are run, experiment, status, epochs, seconds, started, ended, hash, message, and every axis, setting, \
            component, parameter and metric by name; best(j2), j1@best(test_accuracy) and j1@10 are the values of metrics at \
            other epochs than the last.

              nightjar runs list
              nightjar runs list memorization --where "rate > 0.2" --sort=rate,-j2
              nightjar runs list --columns loss,rate,seed,j2,loss.alpha --csv
              nightjar runs list --where "status = failed" --columns run,message
              nightjar runs list --sort=-j2 --limit 1 --json
            """)

    @Argument(help: "Experiments or runs; all where none is given.")
    var names: [String] = []

    @OptionGroup var selection: RunSelection

    @Option(help: ArgumentHelp("Columns, separated by commas.", valueName: "names"))
    var columns: String?

    @Option(
        help: ArgumentHelp("Columns to sort by, separated by commas; -name for the highest first.", valueName: "names"))
    var sort: String?

    @Option(help: "The most lines; 0 for all. By default 100 in text, and all in JSON and CSV.")
    var limit: Int?

    @OptionGroup var format: OutputChoice

    func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit must be at least 0, got \(limit)") }
    }

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let store = try selection.store()
            var choice = RunList.Choice(
                columns: columns.map(RunsListCommand.split), sort: sort.map(RunsListCommand.split) ?? [])
            choice.limit = limit == 0 ? nil : limit ?? (format.json || format.csv ? nil : 100)
            let list = try RunList(try selection.records(store, names), in: store, choice)
            Console.print(
                format.json
                    ? list.json.text() : format.csv ? list.csv : list.text(colour: Console.isTerminal))
            try selection.noteUnreadable(store, names)
        }
    }

    static func split(_ text: String) -> [String] { MetricNames.split(text) }
}
