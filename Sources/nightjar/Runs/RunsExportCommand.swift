import ArgumentParser
import Foundation
import NightjarData
import NightjarProcess
import NightjarRuns

/// `nightjar runs export`.
struct RunsExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Copies runs for another person, or writes them for another tool.",
        discussion: """
            A folder or an archive holds the runs, a table, a report, the texts of the scripts and a page that explains \
            them; Nightjar's commands read it as a runs directory. A CSV file has a row a run. For TensorBoard, MLflow, or \
            as tables of all epochs, a folder is written in their own form.

              nightjar runs export memorization --to memorization.zip
              nightjar runs export --where "j2 > 95" --to good --no-weights
              nightjar runs export memorization --to memorization.csv
              nightjar runs export memorization --to tensorboard logs
              nightjar runs export memorization --to mlflow mlruns
            """)

    @Argument(help: "Experiments or runs; all where none is given.")
    var names: [String] = []

    @OptionGroup var selection: RunSelection

    @Option(
        name: .customLong("to"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "A folder, or a file that ends in .zip or .csv; or tensorboard, mlflow, csv or jsonl and a folder.",
            valueName: "path"),
        completion: .directory)
    var targets: [String] = []

    @Flag(inversion: .prefixedNo, help: "Weights: the final ones and those that callbacks kept.")
    var weights = true

    @Flag(help: "Checkpoints as well.")
    var checkpoints = false

    /// The tool, where one is named and a folder follows; the path; runs that stand behind it.
    private var target: (tool: ToolExport.Tool?, path: String, names: [String])? {
        guard let first = targets.first else { return nil }
        if let tool = ToolExport.Tool(rawValue: first), targets.count > 1 {
            return (tool, targets[1], names + targets.dropFirst(2))
        }
        return (nil, first, names + targets.dropFirst())
    }

    func validate() throws {
        if target == nil {
            throw ValidationError("--to says where the export goes: a folder, a file, or a tool and a folder")
        }
    }

    func run() throws {
        guard let (tool, target, names) = target else { return }
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
            switch (tool, url.pathExtension.lowercased()) {
            case (let tool?, _): try ToolExport(records, in: store).write(tool, to: url)
            case (nil, "csv"): try AtomicFile.write(try export.csv(), to: url)
            case (nil, "zip"): try archive(export, to: url)
            case (nil, _): try export.write(to: url)
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
