import Foundation
import NightjarRuns
import Testing

@Suite struct RunSetTests {
    /// Runs of one cell, which differ in what is said of each.
    private func set(_ parts: [[String: JSONValue]], cell: [CellSetting]) throws -> RunSet {
        let place = try TemporaryFolder()
        let runs = try parts.map { part in
            try RunFolder.create(
                in: place.url,
                configuration: RunConfiguration(
                    experiment: "twice", cell: cell, replicates: ["seed"], epochs: 1, parts: part))
        }
        return try RunSet(
            runs, summaries: runs.map { _ in RunSummary(status: .finished, epochs: 1, metrics: [:], seconds: 1) })
    }

    @Test func settingsInWhichRunsOfACellDifferAreCompared() throws {
        let set = try set(
            [["loss": ["name": "cce"], "seeds": ["init": 1]], ["loss": ["name": "rll"], "seeds": ["init": 2]]],
            cell: [CellSetting("seed", 1)])
        #expect(set.factors.map(\.name) == ["loss.name"])
        #expect(set.replicates.map(\.name) == ["seed"])
    }

    /// A cell that trains several times has a row for each, and they are told apart.
    @Test func runsOfACellThatDifferInSeedsOnlyRepeatASetting() throws {
        let set = try set(
            [1, 2, 3].map { ["loss": ["name": "cce"], "seeds": ["init": $0, "train": $0, "noise": 1]] },
            cell: [CellSetting("seed", 1)])
        #expect(set.factors.isEmpty)
        #expect(set.replicates.map(\.name) == ["seed", "seeds.init"])
        #expect(set.replicates.last?.values == [1, 2, 3])
        #expect(set.rows.map { $0.cell.count } == [2, 2, 2])
    }
}
