import ArgumentParser
import NightjarProcess
import NightjarRuns

/// `nightjar runs why`.
struct RunsWhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Says why a run failed or stopped, and in what it differs from its siblings.",
        discussion: """
            The message on record, the end of the log, what the runs that failed alike have in common, and the differences \
            to the nearest run of the experiment that finished.

              nightjar runs why memorization/rll-rate0.4-seed1-1f09ab77
            """)

    @Argument(help: "A run.")
    var name: String

    @OptionGroup var selection: RunSelection

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let store = try selection.store()
            let records = try selection.records(store)
            let record = try selection.finder(records, store).one(name)
            let siblings = records.filter { $0.experiment == record.experiment }
            let reasons = try RunReasons(record, among: siblings, in: store, text: selection.keptText)
            Console.print(try reasons.report())
        }
    }
}
