import ArgumentParser
import Foundation
import NightjarProcess
import NightjarRuns

/// `nightjar runs prune`.
struct RunsPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Removes the texts of scripts that no run names.",
        discussion: """
            runs/.objects keeps each text that runs were made of once, for nightjar rerun and runs compare. Where folders \
            of runs were removed by hand, their texts are still there; runs rm does this by itself. Nothing is removed while \
            a run is going on.

              nightjar runs prune
            """)

    @Option(help: "Where runs lie.", completion: .directory)
    var runsDir = "runs"

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let directory = URL(fileURLWithPath: runsDir, isDirectory: true)
            // Says where there is no such folder.
            _ = try RunStore(reading: directory)
            let pruned = try TextStore(runsDirectory: directory).prune()
            Console.output(RunsPruneCommand.words(pruned, besides: false))
        }
    }

    /// - Parameter besides: whether something else was removed, and told before.
    static func words(_ pruned: TextStore.Pruned, besides: Bool) -> String {
        switch pruned {
        case .removed(0): return besides ? "" : "removed: nothing, every text is named by a run"
        case .removed(let count):
            let what = "\(count) \(count == 1 ? "text" : "texts") that no run names"
            return besides ? ", and \(what) any more" : "removed: \(what)"
        case .left(let reason):
            return besides ? "; texts of scripts stay: \(reason)" : "removed: nothing: \(reason)"
        }
    }
}
