import ArgumentParser
import Foundation
import NightjarData
import NightjarProcess
import NightjarRuns

/// `nightjar runs export`.
struct RunsExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Copies runs into a folder, a zip archive or a CSV file for another person.",
        discussion: """
            A folder or an archive holds the runs, a table, a report, the texts of the scripts and a page that explains \
            them; Nightjar's commands read it as a runs directory. A CSV file has a row a run.

              nightjar runs export memorization --to memorization.zip
              nightjar runs export --where "j2 > 95" --to good --no-weights
              nightjar runs export memorization --to memorization.csv
            """)

    @Argument(help: "Experiments or runs; all where none is given.")
    var names: [String] = []

    @OptionGroup var selection: RunSelection

    @Option(
        name: .customLong("to"),
        help: ArgumentHelp("A folder, or a file that ends in .zip or .csv.", valueName: "path"),
        completion: .directory)
    var target: String

    @Flag(inversion: .prefixedNo, help: "Weights: the final ones and those that callbacks kept.")
    var weights = true

    @Flag(help: "Checkpoints as well.")
    var checkpoints = false

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let store = try selection.store()
            let records = try selection.someRecords(store, names)
            let written = records.count { RunLock.holder(of: store.folder(of: $0.id)) != nil }
            if written > 0 {
                Console.errors(
                    "note: \(written) \(written == 1 ? "run is" : "runs are") being written: the export has what is there "
                        + "now (--where \"status != running\" leaves such runs out)")
            }
            let export = RunExport(records, in: store, .init(withWeights: weights, withCheckpoints: checkpoints))
            let url = URL(fileURLWithPath: target)
            switch url.pathExtension.lowercased() {
            case "csv": try AtomicFile.write(try export.csv(), to: url)
            case "zip": try archive(export, to: url)
            default: try export.write(to: url)
            }
            Console.output("exported: \(records.count) \(records.count == 1 ? "run" : "runs") to \(target)")
        }
    }

    private func archive(_ export: RunExport, to url: URL) throws {
        let root = url.deletingPathExtension().lastPathComponent
        try AtomicFile.write(to: url) { handle in
            var archive = ZipWriter(what: url.path) { try handle.write(contentsOf: $0) }
            for file in try export.files() {
                try archive.add(root + "/" + file.path, Array(try file.contents()), compress: true)
            }
            try archive.finish()
        }
    }
}
