import Foundation
import NightjarRuns
import Testing

@Suite struct ExperimentFolderTests {
    @Test func onlyFinishedRunsHaveRowsAndCurves() throws {
        let temporary = try TemporaryFolder()
        for (seed, status) in [(1, RunStatus.finished), (2, .interrupted), (3, .failed)] {
            let run = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration(seed: seed))
            let metrics = try run.metricsWriter(columns: ["j1", "j2"])
            try metrics.append(epoch: 1, [50, .nan])
            try metrics.append(epoch: 2, [60, 70])
            try run.writeSummary(RunSummary(status: status, epochs: 2, metrics: ["j1": 60], seconds: 1))
        }
        _ = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration(seed: 4))
        let found = try ExperimentFolder(temporary.file("memorization")).runs()
        #expect(found.unreadable.isEmpty)
        let set = try RunSet(found.runs)
        #expect(set.rows.map { $0.cell[axis: "seed"] } == [1, 2, 3, 4])
        #expect(set.rows.map(\.state) == [.finished, .interrupted, .failed, .running])
        #expect(set.rows.map { $0.value("j1") } == [60, nil, nil, nil])
        let figure = try Figure(FigureSpec(y: ["j1", "j2"]), set) { try set.curves($0) }
        let bundles = figure.panels.first?.series.map(\.bundle) ?? []
        #expect(bundles.map { $0.points.map(\.mean) } == [[50, 60], [70]])
        #expect(bundles.map(\.runs) == [1, 1])
    }

    @Test func settingsInWhichRunsOfOneCellDifferAreColumns() throws {
        let temporary = try TemporaryFolder()
        for (epochs, rate) in [(5, 0.1), (5, 0.2), (9, 0.1)] {
            var configuration = exampleConfiguration()
            configuration.epochs = epochs
            configuration.parts["settings"] = ["learning_rate": .number(rate), "epochs": .integer(epochs)]
            let run = try RunFolder.create(in: temporary.url, configuration: configuration)
            try run.writeSummary(RunSummary(status: .finished, epochs: epochs, metrics: ["j1": 1], seconds: 1))
        }
        let set = try RunSet(try ExperimentFolder("memorization", in: temporary.url).runs().runs)
        #expect(set.axes.map(\.name) == ["loss", "rate", "seed", "epochs", "settings.learning_rate"])
        #expect(Set(set.rows.map(\.cell.title)).count == 3)
    }

    @Test func runsThatStopEarlyAreSaidToBeFew() throws {
        let temporary = try TemporaryFolder()
        for seed in 1...2 {
            let run = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration(seed: seed))
            let metrics = try run.metricsWriter(columns: ["j1"])
            for epoch in 1...(2 + seed) { try metrics.append(epoch: epoch, [Double(10 * epoch)]) }
            try run.writeSummary(RunSummary(status: .finished, epochs: 2 + seed, metrics: ["j1": 1], seconds: 1))
        }
        let set = try RunSet(try ExperimentFolder("memorization", in: temporary.url).runs().runs)
        let figure = try Figure(FigureSpec(y: ["j1"]), set) { try set.curves($0) }
        #expect(
            figure.note == "Some runs stop early: from epoch 4 on, means are those of the runs that were still going.")
    }

    @Test func aMissingFolderIsNamed() {
        let folder = ExperimentFolder(URL(fileURLWithPath: "/nowhere/runs/x"))
        #expect(
            message { _ = try folder.runs() }
                == "/nowhere/runs/x: could not list the folder (no such file or directory)")
    }
}
