import ArgumentParser
import NightjarProcess
import NightjarRuns

/// `nightjar runs compare`.
struct RunsCompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Shows in what runs differ: configuration, results, scripts.",
        discussion: """
            Scripts that differ are shown as a unified diff where their texts were kept (runs/.objects).

              nightjar runs compare rll-rate0.4-seed1 cce-rate0.4-seed1
              nightjar runs compare 1f09ab77 90ab12cd 77fe0012 --json
            """)

    @Argument(help: "Two or more runs.")
    var names: [String]

    @OptionGroup var selection: RunSelection

    @Flag(help: "Prints JSON.")
    var json = false

    func validate() throws {
        if names.count < 2 { throw ValidationError("compare takes two or more runs, got \(names.count)") }
    }

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let store = try selection.store()
            let finder = try selection.finder(try selection.records(store), store)
            let comparison = try RunComparison(
                try names.map { try finder.one($0) }, in: store, text: selection.keptText)
            Console.print(json ? comparison.json.text() : comparison.text)
        }
    }
}
