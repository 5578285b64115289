import Foundation
import NightjarRuns
import Testing

@Suite struct MetricsWriterTests {
    private func run(_ temporary: TemporaryFolder) throws -> RunFolder {
        try RunFolder.create(in: temporary.url, configuration: exampleConfiguration())
    }

    @Test func everyRowIsOnDiskAsSoonAsItIsAppended() throws {
        let temporary = try TemporaryFolder()
        let run = try run(temporary)
        let writer = try run.metricsWriter(columns: ["loss", "j1"])
        var expected = "epoch,loss,j1\n"
        #expect(try String(contentsOf: run.metricsURL, encoding: .utf8) == expected)
        for (epoch, line) in [(1, "1,0.1,50\n"), (2, "2,nan,50\n")] {
            try writer.append(epoch: epoch, [epoch == 1 ? 0.1 : .nan, 50])
            expected += line
            #expect(try String(contentsOf: run.metricsURL, encoding: .utf8) == expected)
        }
    }

    @Test func aRowCutByAKillIsNotRead() throws {
        let temporary = try TemporaryFolder()
        let run = try run(temporary)
        try "epoch,j1\n1,50\n2,5".write(to: run.metricsURL, atomically: false, encoding: .utf8)
        #expect(try run.readMetrics().rows == [MetricsRow(epoch: 1, values: [50])])
    }

    @Test func resumingCutsLaterRowsAndGivesTheSameBytes() throws {
        let temporary = try TemporaryFolder()
        let run = try run(temporary)
        func values(_ epoch: Int) -> [Double?] { [1 / Double(epoch), epoch == 1 ? nil : Double(epoch)] }
        let whole = try run.metricsWriter(columns: ["loss", "j1"])
        for epoch in 1...4 { try whole.append(epoch: epoch, values(epoch)) }
        let bytes = try Data(contentsOf: run.metricsURL)

        let resumed = try run.metricsWriter(columns: ["loss", "j1"], keepingEpochs: 2)
        #expect(try run.readMetrics().rows.map(\.epoch) == [1, 2])
        for epoch in 3...4 { try resumed.append(epoch: epoch, values(epoch)) }
        #expect(try Data(contentsOf: run.metricsURL) == bytes)
    }

    @Test func otherColumnsOnResumeAreRefused() throws {
        let temporary = try TemporaryFolder()
        let run = try run(temporary)
        _ = try run.metricsWriter(columns: ["loss", "j1"])
        #expect(
            message { _ = try run.metricsWriter(columns: ["j1"], keepingEpochs: 1) }
                == "\(run.metricsURL.path): cannot go on with other metrics; the file has loss,j1, the run has j1")
        // What a script recorded besides stands behind the metrics, and stays.
        #expect(try run.metricsWriter(columns: ["loss"], keepingEpochs: 1).columns == ["loss", "j1"])
    }

    @Test func aRowOfTheWrongSizeIsRefused() throws {
        let temporary = try TemporaryFolder()
        let run = try run(temporary)
        let writer = try run.metricsWriter(columns: ["loss", "j1"])
        #expect(
            message { try writer.append(epoch: 3, [1]) }
                == "\(run.metricsURL.path): epoch 3 has 1 values for 2 columns")
    }
}
