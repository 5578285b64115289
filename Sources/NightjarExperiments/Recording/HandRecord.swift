import Foundation
import NightjarRuns
import NightjarScripting

/// The run of a script that trains by a loop of its own, or not at all: rows and final values as `nj.record` gives them.
final class HandRecord {
    /// Its configuration grows as scripts say how what they record is shown.
    var folder: RunFolder
    private var writer: MetricsWriter?
    /// The row that is being filled.
    private var row: (epoch: Int, values: [String: Double?])?
    private var last: [String: Double] = [:]
    private var epochs = 0
    private let start = ContinuousClock.now
    private let began = Date()
    /// The metrics that the experiment shows.
    private let shown: [String]

    init(_ folder: RunFolder, shown: [String]) {
        self.folder = folder
        self.shown = shown
    }

    /// The seeds of such a run, where the command says another one than the usual: part of what the run is.
    static func seeds(_ seed: UInt64) -> JSONValue? {
        seed == ScriptOptions().seed ? nil : ["script": .integer(Int(truncatingIfNeeded: seed))]
    }

    /// - Throws: `ScriptError` for an epoch that comes before one that is written already.
    func append(_ values: [(name: String, value: Double)], epoch: Int?) throws {
        for (name, value) in values { last[name] = value }
        guard let epoch else { return }
        if let row, row.epoch == epoch {
            for (name, value) in values { self.row?.values[name] = value }
            return
        }
        guard epoch > epochs else {
            throw ScriptError("nj.record: epoch \(epoch) comes after epoch \(epochs): epochs of a run go up")
        }
        try flush()
        row = (epoch, Dictionary(values.map { ($0.name, Optional($0.value)) }) { $1 })
        epochs = epoch
    }

    private func flush() throws {
        guard let row else { return }
        self.row = nil
        let writer = try self.writer ?? folder.metricsWriter(columns: [])
        self.writer = writer
        try writer.append(epoch: row.epoch, row.values)
    }

    func finish(_ status: RunStatus, message: String? = nil) throws {
        try flush()
        last.merge(folder.momentValues(shown)) { own, _ in own }
        try folder.writeSummary(
            RunSummary(
                status: status, message: message, epochs: epochs, metrics: last,
                seconds: start.duration(to: .now) / .seconds(1), started: began, ended: Date()))
    }
}

extension RunConfiguration {
    /// Whether it is the run of a script that recorded its numbers itself: one that trained has a model.
    var isHandWritten: Bool { parts["model"] == nil && parts["failed"] == nil }
}
