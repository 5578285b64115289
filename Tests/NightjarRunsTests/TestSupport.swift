// Folders that go away after a test, and the fixtures beside the tests.

import Foundation
import NightjarRuns

/// An empty folder that is removed when the value goes.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-runs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    func text(_ name: String) throws -> String { try String(contentsOf: file(name), encoding: .utf8) }
}

func fixture(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
}

func statisticsFixture() throws -> JSONValue {
    try JSONValue(parsing: try Data(contentsOf: fixture("statistics.json")), source: "statistics.json")
}

extension JSONValue {
    var items: [JSONValue] {
        if case .array(let values) = self { return values }
        return []
    }

    var numbers: [Double] { items.compactMap(\.doubleValue) }
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

func exampleConfiguration(loss: String = "rll", rate: Double = 0.4, seed: Int = 1) -> RunConfiguration {
    RunConfiguration(
        experiment: "memorization",
        cell: [
            CellSetting("loss", .string(loss)), CellSetting("rate", .number(rate)), CellSetting("seed", .integer(seed)),
        ], replicates: ["seed"], epochs: 60,
        parts: [
            "settings": ["hidden": [512, 512], "learning_rate": 0.1],
            "metrics": .array(exampleMetrics.map(\.json)),
        ])
}

let exampleMetrics: [MetricInfo] = [
    .percentage("j1", title: "J1", doc: "given labels", isHeadline: true),
    .percentage("j2", title: "J2", doc: "true labels", direction: .higher, isHeadline: true),
    .percentage("memorized", title: "memorized", doc: "as given", direction: .lower, whole: "wrong samples"),
    .percentage("corrected", title: "corrected", doc: "as is true", direction: .higher, whole: "wrong samples"),
]

func exampleRow(
    loss: String, rate: Double, seed: Int, j1: Double, j2: Double, memorized: Double? = nil, corrected: Double? = nil
) -> RunRow {
    var metrics = ["j1": j1, "j2": j2]
    metrics["memorized"] = memorized
    metrics["corrected"] = corrected
    return RunRow(cell: exampleConfiguration(loss: loss, rate: rate, seed: seed).cell, epochs: 60, metrics: metrics)
}

func exampleSet(_ rows: [RunRow]) -> RunSet {
    RunSet(
        axes: [SweepAxis("loss", []), SweepAxis("rate", []), SweepAxis("seed", [], isReplicate: true)],
        metrics: exampleMetrics, rows: rows)
}
