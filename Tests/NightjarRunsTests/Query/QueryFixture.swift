import Foundation
import NightjarRuns

/// A small experiment on disk: two losses, two rates, two seeds; one run failed, one has no end.
struct QueryFixture {
    let folder: TemporaryFolder
    let store: RunStore

    static let script = String(repeating: "a", count: 64)
    static let changed = String(repeating: "b", count: 64)

    /// - Parameter changing: whether the runs of `rll` with seed 2 are of another text of the script.
    init(changing: Bool = false) throws {
        folder = try TemporaryFolder()
        for loss in ["cce", "rll"] {
            for rate in [0, 0.4] {
                for seed in 1...2 {
                    try QueryFixture.write(
                        loss, rate, seed,
                        script: changing && loss == "rll" && seed == 2 ? QueryFixture.changed : QueryFixture.script,
                        in: folder.url)
                }
            }
        }
        store = try RunStore(reading: folder.url)
    }

    private static func write(
        _ loss: String, _ rate: Double, _ seed: Int, script: String, in directory: URL
    ) throws {
        var configuration = exampleConfiguration(loss: loss, rate: rate, seed: seed)
        configuration.parts["loss"] =
            loss == "rll" ? ["name": "rll", "parameters": ["alpha": 0.1]] : ["name": "cce"]
        configuration.parts["script"] = ["name": "memorization.lua", "sha256": .string(script)]
        configuration.environment = ["host": .string(seed == 1 ? "one" : "two"), "threads": 1]
        let run = try RunFolder.create(in: directory, configuration: configuration)
        let writer = try run.metricsWriter(columns: ["j1", "j2"])
        for epoch in 1...3 { try writer.append(epoch: epoch, [Double(30 * epoch), 90 - Double(epoch) - rate * 10]) }
        if loss == "rll", rate == 0, seed == 2 { return }
        let failed = loss == "rll" && rate == 0.4 && seed == 2
        try run.writeSummary(
            RunSummary(
                status: failed ? .failed : .finished, message: failed ? "memorization.lua:7: the loss is nan" : nil,
                epochs: failed ? 2 : 60,
                metrics: failed ? [:] : ["j1": 90, "j2": (loss == "cce" ? 60 : 95) - rate + Double(seed)],
                seconds: 1.25, started: Date(timeIntervalSince1970: 1_600_000_000)))
    }

    func records(_ condition: String? = nil) throws -> [RunRecord] {
        try store.runs(RunQuery(filter: try condition.map { try RunFilter($0) }))
    }

    func one(_ condition: String) throws -> RunRecord {
        guard let record = try records(condition).first else { throw RunError("no run for \(condition)") }
        return record
    }

    /// A text with the hashes of runs, which depend on nothing that a test is about, replaced by `########`.
    func plain(_ text: String) throws -> String {
        var text = text.replacing(folder.url.path, with: "RUNS")
        for record in try records() {
            text = text.replacing(record.configurationHash, with: String(repeating: "#", count: 64))
                .replacing(String(record.configurationHash.prefix(8)), with: "########")
        }
        return text
    }
}
