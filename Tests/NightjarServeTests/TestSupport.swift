// Folders of runs that go away after a test.

import Foundation
import NightjarRuns

/// A folder of runs, empty at first.
final class RunsPlace: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-serve-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    static let metrics: [MetricInfo] = [
        .percentage("j1", title: "J1", doc: "given labels", isHeadline: true),
        .percentage("j2", title: "J2", doc: "true labels", direction: .higher, isHeadline: true),
    ]

    /// A run with as many epochs as there are values; finished where a summary is wanted.
    @discardableResult
    func run(
        _ experiment: String = "memorization", loss: String = "rll", seed: Int = 1, values: [Double] = [40, 60],
        epochs: Int = 10, status: RunStatus? = .finished, message: String? = nil, parts: [String: JSONValue] = [:]
    ) throws -> RunFolder {
        var all = parts
        all["metrics"] = .array(RunsPlace.metrics.map(\.json))
        let configuration = RunConfiguration(
            experiment: experiment,
            cell: [CellSetting("loss", .string(loss)), CellSetting("seed", .integer(seed))], replicates: ["seed"],
            epochs: epochs, parts: all)
        let folder = try RunFolder.create(in: url, configuration: configuration)
        let writer = try folder.metricsWriter(columns: ["j1", "j2"])
        for (place, value) in values.enumerated() {
            try writer.append(epoch: place + 1, ["j1": value, "j2": value + 1])
        }
        if let status {
            let last = values.last ?? 0
            try folder.writeSummary(
                RunSummary(
                    status: status, message: message, epochs: values.count, metrics: ["j1": last, "j2": last + 1],
                    seconds: 2))
        }
        return folder
    }
}

/// The message of the error that `body` throws; `no error` where it throws none.
func message(of body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}
