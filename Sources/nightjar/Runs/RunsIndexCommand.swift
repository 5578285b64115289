import ArgumentParser
import Foundation
import NightjarProcess
import NightjarRuns

/// `nightjar runs index`.
struct RunsIndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Makes the index runs.sqlite anew from the folders of the runs.",
        discussion: """
            The index holds nothing that the folders do not, and every command brings it up to date by itself; this makes it \
            from nothing and says which folders cannot be read.

              nightjar runs index
              nightjar runs index --runs-dir /mnt/results
            """)

    @Option(help: "Where runs lie.", completion: .directory)
    var runsDir = "runs"

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let result = try RunStore.remake(URL(fileURLWithPath: runsDir, isDirectory: true))
            for folder in result.unreadable { Console.errors("unreadable: \(folder.reason)") }
            Console.output("indexed: \(result.runs) runs in \(runsDir)")
        }
    }
}
