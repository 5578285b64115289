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
        #expect(found.runs.map(\.configuration.seed).sorted() == [1, 2, 3, 4])
        let rows = try ExperimentFolder.summaryRows(of: found.runs, order: GridOrder())
        #expect(rows.map(\.seed) == [1])
        let curves = try ExperimentFolder.curves(of: found.runs)
        #expect(curves.map(\.seed) == [1])
        #expect(curves.first?.j1.map(\.value) == [50, 60])
        #expect(curves.first?.j2 == [RunCurve.Point(epoch: 2, value: 70)])
    }

    @Test func aMissingFolderIsNamed() {
        let folder = ExperimentFolder(URL(fileURLWithPath: "/nowhere/runs/x"))
        #expect(
            message { _ = try folder.runs() }
                == "/nowhere/runs/x: could not list the folder (no such file or directory)")
    }
}
