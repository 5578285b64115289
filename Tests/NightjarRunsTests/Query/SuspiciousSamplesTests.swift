import Foundation
import NightjarRuns
import Testing

@Suite struct SuspiciousSamplesTests {
    private func run(_ folder: TemporaryFolder, columns: JSONValue) throws -> RunFolder {
        let run = try RunFolder.create(
            in: folder.url,
            configuration: RunConfiguration(
                experiment: "e", cell: [], replicates: [], epochs: 2,
                parts: ["ledger": columns, "class_names": ["cat", "dog"]]))
        try Data("index,true,given\n0,0,0\n1,1,0\n2,1,1\n3,0,1\n".utf8).write(to: run.labelsURL)
        return run
    }

    @Test func theGreatestMeanLossComesFirst() throws {
        let folder = try TemporaryFolder()
        let run = try run(folder, columns: ["prediction", "loss"])
        let ledger = try ArrayLog(run.ledgerURL, shape: [4, 2], element: .float32)
        let rows: [[Float]] = [[0, 1, 0, 2, 1, 0.5, 1, .nan], [0, 1, 0, 6, 1, 0.5, 1, 1]]
        for (place, row) in rows.enumerated() { try row.withUnsafeBytes { try ledger.append($0, at: place) } }
        let samples = try SuspiciousSamples(run, most: 3).samples
        #expect(samples.map(\.index) == [1, 0, 3])
        #expect(samples.map(\.score) == [4, 1, 1])
        #expect(samples.map(\.given) == ["cat", "cat", "dog"])
        #expect(samples.map(\.truth) == ["dog", "cat", "cat"])
    }

    @Test func aLedgerWithoutLossIsSaid() throws {
        let folder = try TemporaryFolder()
        let run = try run(folder, columns: ["prediction"])
        #expect(
            message { _ = try SuspiciousSamples(run, most: 3) } == "\(run.url.path): its ledger has no column 'loss'")
    }
}
