import Foundation
import NightjarRuns
import Testing

@Suite struct RunStoreTests {
    private func finishedRun(
        in temporary: TemporaryFolder, loss: String, rate: Double = 0.4, seed: Int, j2: Double
    ) throws -> RunFolder {
        let configuration = exampleConfiguration(loss: loss, rate: rate, seed: seed)
        let run = try RunFolder.create(in: temporary.url, configuration: configuration)
        let metrics = try run.metricsWriter(columns: ["j1", "memorized"])
        for epoch in 1...3 { try metrics.append(epoch: epoch, [Double(10 * epoch), epoch == 2 ? nil : 1]) }
        try run.writeSummary(
            RunSummary(
                status: .finished, epochs: 3, metrics: ["j1": 30, "j2": j2, "odd": .nan], seconds: 1.5,
                started: Date(timeIntervalSince1970: 1_600_000_000),
                ended: Date(timeIntervalSince1970: 1_600_000_002)))
        return run
    }

    @Test func aRunIsRecordedWholeAndFound() throws {
        let temporary = try TemporaryFolder()
        let store = try RunStore(runsDirectory: temporary.url)
        let run = try finishedRun(in: temporary, loss: "rll", seed: 1, j2: 96)
        try store.record(run)
        try store.record(run)
        let found = try store.runs(RunQuery(experiment: "memorization", where: "loss = 'rll' and rate = 0.4"))
        #expect(found.count == 1)
        let record = try #require(found.first)
        #expect(record.id == "memorization/" + run.configuration.identifier)
        #expect(record.configuration == run.configuration)
        #expect(record.configurationHash == run.configuration.hash)
        #expect(record.status == .finished && record.epochs == 3 && record.seconds == 1.5)
        #expect(record.ended == Date(timeIntervalSince1970: 1_600_000_002))
        #expect(record.metrics["j2"] == 96)
        #expect(record.metrics["odd"]?.isNaN == true)
        #expect(try store.series("j1", of: record).map(\.value) == [10, 20, 30])
        #expect(try store.series("memorized", of: record).map(\.epoch) == [1, 3])
        #expect(try store.runs(RunQuery(where: "rate = 0.2")).isEmpty)
    }

    @Test func aRunIsSeenWhileItIsGoing() throws {
        let temporary = try TemporaryFolder()
        let store = try RunStore(runsDirectory: temporary.url)
        let run = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration())
        try store.begin(run)
        try store.record(run, epoch: 1, columns: ["j1", "j2"], values: [50, nil])
        let record = try #require(try store.runs(RunQuery(status: .running)).first)
        #expect(record.epochs == 1)
        #expect(record.started != nil)
        #expect(try store.series("j1", of: record).map(\.value) == [50])
        #expect(try store.series("j2", of: record).isEmpty)
    }

    @Test func bestAndMeanOverSeedsGoByFinishedRuns() throws {
        let temporary = try TemporaryFolder()
        let store = try RunStore(runsDirectory: temporary.url)
        for (loss, seed, j2) in [("cce", 1, 59.0), ("cce", 2, 61), ("rll", 1, 95), ("rll", 2, 97), ("rll", 3, 96)] {
            try store.record(try finishedRun(in: temporary, loss: loss, seed: seed, j2: j2))
        }
        let going = exampleConfiguration(loss: "rll", seed: 4)
        try store.begin(try RunFolder.create(in: temporary.url, configuration: going))
        #expect(try store.best("j2")?.configuration.cell[axis: "seed"] == 2)
        #expect(try store.best("j2", RunQuery(where: "loss = cce"), lowest: true)?.metrics["j2"] == 59)
        #expect(try store.best("nothing") == nil)
    }

    @Test func conditionsAreParsedAndTheirValuesBound() throws {
        let temporary = try TemporaryFolder()
        let store = try RunStore(runsDirectory: temporary.url)
        for (loss, rate, j2) in [("cce", 0.2, 59.0), ("rll", 0.2, 95), ("rll", 0.4, 90), ("it's", 0.6, 10)] {
            try store.record(try finishedRun(in: temporary, loss: loss, rate: rate, seed: 1, j2: j2))
        }
        func losses(_ condition: String) throws -> [String] {
            try store.runs(RunQuery(where: condition)).compactMap { $0.configuration.cell[axis: "loss"]?.stringValue }
                .sorted()
        }
        #expect(try losses("loss = rll and rate > 0.3") == ["rll"])
        #expect(try losses("loss != 'rll'") == ["cce", "it's"])
        #expect(try losses("not (j2 >= 90) or rate = 0.4") == ["cce", "it's", "rll"])
        #expect(try losses("loss = 'it''s'") == ["it's"])
        #expect(try losses("loss like '%s'") == ["it's"])
        #expect(try losses("status = finished and epochs <= 3").count == 4)
        #expect(try losses("learning_rate = 0.1 and nothing = 1") == [])
        #expect(try losses("loss = '1'' OR 1=1 --'") == [])
        #expect(
            message { _ = try RunFilter("loss rll") } == """
                the condition cannot be read: expected =, !=, <, <=, >, >= or like
                  loss rll
                       ^
                  for example --where "loss = 'rll' and rate > 0.2"
                """)
        #expect(message { _ = try RunFilter("(a = 1") }.contains("expected ')'"))
        #expect(message { _ = try RunFilter(String(repeating: "(", count: 5000)) }.contains("nested too deeply"))
    }

    @Test func theStoreIsRebuiltFromTheFolders() throws {
        let temporary = try TemporaryFolder()
        let store = try RunStore(runsDirectory: temporary.url)
        for seed in 1...3 {
            try store.record(try finishedRun(in: temporary, loss: "rll", seed: seed, j2: 90 + Double(seed)))
        }
        let before = try store.runs()
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(at: temporary.file(RunStore.fileName + suffix))
        }
        let broken = temporary.file("memorization/broken")
        try FileManager.default.createDirectory(at: broken, withIntermediateDirectories: true)
        try "{}".write(to: broken.appendingPathComponent("config.json"), atomically: true, encoding: .utf8)

        let fresh = try RunStore(runsDirectory: temporary.url)
        let result = try fresh.rebuild()
        #expect(result.runs == 3)
        #expect(result.unreadable.map(\.url.lastPathComponent) == ["broken"])
        let after = try fresh.runs()
        #expect(after.map(\.id) == before.map(\.id))
        #expect(after.compactMap { $0.metrics["j2"] }.sorted() == [91, 92, 93])
    }

    @Test func manyWritersAtOnceLoseNothing() async throws {
        let temporary = try TemporaryFolder()
        let directory = temporary.url
        // Each task has its own connection, as a process of its own would.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 1...8 {
                group.addTask {
                    let store = try RunStore(runsDirectory: directory)
                    let configuration = exampleConfiguration(seed: seed)
                    let run = try RunFolder.create(in: directory, configuration: configuration)
                    try store.begin(run)
                    for epoch in 1...20 {
                        try store.record(run, epoch: epoch, columns: ["j1"], values: [Double(epoch)])
                    }
                }
            }
            try await group.waitForAll()
        }
        let store = try RunStore(runsDirectory: directory)
        let runs = try store.runs()
        #expect(runs.compactMap { $0.configuration.cell[axis: "seed"]?.intValue }.sorted() == Array(1...8))
        for run in runs { #expect(try store.series("j1", of: run).count == 20) }
    }

    @Test func aFileThatIsNoDatabaseIsNamed() throws {
        let temporary = try TemporaryFolder()
        let url = temporary.file(RunStore.fileName)
        try String(repeating: "not a database ", count: 100).write(to: url, atomically: true, encoding: .utf8)
        #expect(
            message { _ = try RunStore(runsDirectory: temporary.url) }
                == "\(url.path): the run store failed (file is not a database)")
    }
}
