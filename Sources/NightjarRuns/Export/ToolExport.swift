// Runs for other tools.

import Foundation

/// Writes runs as files that other tools read.
public struct ToolExport {
    public enum Tool: String, Sendable, CaseIterable {
        /// An event file a run; see `tensorboard --logdir`.
        case tensorboard
        /// A file store; see `mlflow ui --backend-store-uri`.
        case mlflow
        /// `runs.csv`, a row a run, and `metrics.csv`, a row a run and epoch.
        case csv
        /// The same as `runs.jsonl` and `metrics.jsonl`, an object a line.
        case jsonl
    }

    private let records: [RunRecord]
    private let store: RunStore

    public init(_ records: [RunRecord], in store: RunStore) {
        self.records = records
        self.store = store
    }

    /// Writes below a folder that is not there yet.
    /// - Throws: `RunError` where something is there, or a run cannot be read.
    public func write(_ tool: Tool, to folder: URL) throws {
        guard !FileManager.default.fileExists(atPath: folder.path) else {
            throw RunError("\(folder.path) is there already: give a new name, or remove it first")
        }
        try make(folder)
        switch tool {
        case .tensorboard:
            for record in records {
                let place = folder.appendingPathComponent(record.id, isDirectory: true)
                try make(place)
                try TensorBoardExport().write(ExportedRun(record, in: store), to: place)
            }
        case .mlflow:
            var known: Set<String> = []
            for record in records {
                let run = try ExportedRun(record, in: store)
                let name = run.configuration.experiment
                if known.insert(name).inserted {
                    try MLflowExport().writeExperiment(name, start: run.start, to: folder)
                }
                try MLflowExport().write(run, to: folder)
            }
        case .csv:
            try AtomicFile.write(
                try RunExport(records, in: store).csv(), to: folder.appendingPathComponent("runs.csv"))
            try AtomicFile.write(try metricsCSV(), to: folder.appendingPathComponent("metrics.csv"))
        case .jsonl:
            try lines { run in [ToolExport.object(run)] }.write(to: folder.appendingPathComponent("runs.jsonl"))
            try lines { run in
                run.epochs.map { epoch, values in
                    ["run": .string(run.id), "epoch": .integer(epoch), "values": ToolExport.object(values)]
                }
            }.write(to: folder.appendingPathComponent("metrics.jsonl"))
        }
    }

    /// A row for each run and epoch, with the columns of all runs.
    private func metricsCSV() throws -> String {
        let runs = try records.map { try ExportedRun($0, in: store) }
        var columns: [String] = []
        for run in runs { for name in run.table?.columns ?? [] where !columns.contains(name) { columns.append(name) } }
        var text = CSV.line(["run", "epoch"] + columns)
        for run in runs {
            for (epoch, values) in run.epochs {
                let known = Dictionary(values.map { ($0.name, $0.value) }) { first, _ in first }
                text += CSV.line(
                    [run.id, "\(epoch)"] + columns.map { known[$0].map(NumberText.shortest) ?? "" })
            }
        }
        return text
    }

    private static func object(_ run: ExportedRun) -> JSONValue {
        [
            "run": .string(run.id), "experiment": .string(run.configuration.experiment),
            "hash": .string(run.configuration.hash), "status": .string(run.status.rawValue),
            "message": run.summary?.message.map { .string($0) } ?? .null,
            "epochs": .integer(run.summary?.epochs ?? run.table?.rows.count ?? 0),
            "seconds": run.summary.map { .number($0.seconds) } ?? .null,
            "cell": .object(
                Dictionary(run.configuration.cell.map { ($0.name, $0.value) }) { first, _ in first }),
            "asked": .object(Dictionary(run.asked.map { ($0.name, $0.value) }) { first, _ in first }),
            "metrics": object((run.summary?.values ?? [:]).map { ($0.key, $0.value) }),
        ]
    }

    private static func object(_ values: [(name: String, value: Double)]) -> JSONValue {
        .object(Dictionary(values.map { ($0.name, .number($0.value)) }) { first, _ in first })
    }

    private func lines(_ objects: (ExportedRun) -> [JSONValue]) throws -> JSONLines {
        var text = ""
        for record in records {
            for object in objects(try ExportedRun(record, in: store)) { text += object.text(pretty: false) + "\n" }
        }
        return JSONLines(text: text)
    }

    private struct JSONLines {
        let text: String
        func write(to url: URL) throws { try AtomicFile.write(text, to: url) }
    }

    private func make(_ folder: URL) throws {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw RunError("\(folder.path): could not make the folder (\(FileReason.of(error)))")
        }
    }
}
