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
        experiment: "memorization", data: "digits", model: "mlp", loss: loss, rate: rate, seed: seed, epochs: 60,
        settings: ["hidden": [512, 512], "learning_rate": 0.1])
}

func exampleRow(
    loss: String, rate: Double, seed: Int, j1: Double, j2: Double, memorized: Double? = nil, corrected: Double? = nil
) -> SummaryRow {
    SummaryRow(
        data: "digits", model: "mlp", loss: loss, rate: rate, seed: seed, epochs: 60, j1: j1, j2: j2,
        memorized: memorized, corrected: corrected, testAccuracy: 90, seconds: 1.5)
}
