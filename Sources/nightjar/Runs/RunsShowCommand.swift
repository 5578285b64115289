import ArgumentParser
import Foundation
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// `nightjar runs show`.
struct RunsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a run whole: its end, cell, configuration, metrics, scripts and files.",
        discussion: """
              nightjar runs show memorization/rll-rate0.4-seed1-1f09ab77
              nightjar runs show 1f09ab77 --json
            """)

    @Argument(help: "A run.")
    var name: String

    @OptionGroup var selection: RunSelection

    @Flag(help: "Prints JSON: config.json and the results as one object.")
    var json = false

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let store = try selection.store()
            let record = try selection.finder(try selection.records(store), store).one(name)
            let details = try RunDetails(record, in: store)
            Console.print(json ? details.json.text() : details.text { ShownPath.text($0) })
        }
    }
}

/// Paths as people read them.
enum ShownPath {
    /// Below the working directory where it lies there.
    static func text(_ url: URL) -> String {
        let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath).resolvingSymlinksInPath().path
        let path = url.resolvingSymlinksInPath().path
        return path.hasPrefix(here + "/") ? String(path.dropFirst(here.count + 1)) : path
    }
}
