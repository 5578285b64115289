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
        try store.record([run])
        try store.record([run])
        let found = try store.runs(RunQuery(experiment: "memorization", where: "loss = 'rll' and rate = 0.4"))
        #expect(found.count == 1)
        let record = try #require(found.first)
        #expect(record.id == "memorization/" + run.configuration.identifier)
        #expect(record.cell == run.configuration.cell && record.replicates == ["seed"])
        #expect(record.declared == run.configuration.metrics)
        #expect(record.configurationHash == run.configuration.hash)
        #expect(record.status == .finished && record.epochs == 3 && record.seconds == 1.5)
        #expect(record.ended == "2020-09-13T12:26:42Z")
        #expect(record.metrics["j2"] == 96)
        #expect(record.metrics["odd"]?.isNaN == true)
        #expect(try store.runs(RunQuery(where: "rate = 0.2")).isEmpty)
    }

    @Test func aRunIsSeenWhileItIsGoing() throws {
        let temporary = try TemporaryFolder()
        let store = try RunStore(runsDirectory: temporary.url)
        let run = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration())
        #expect(try store.refresh() == .init(added: 1))
        #expect(try store.refresh() == .init())
        let metrics = try run.metricsWriter(columns: ["j1"])
        try metrics.append(epoch: 1, [50])
        #expect(try store.refresh() == .init(changed: 1))
        let record = try #require(try store.runs(RunQuery(status: .running)).first)
        #expect(record.epochs == 1 && record.metrics.isEmpty)
    }

    @Test func theStoreFollowsItsFolders() throws {
        let temporary = try TemporaryFolder()
        let first = try finishedRun(in: temporary, loss: "rll", seed: 1, j2: 90)
        let store = try RunStore(reading: temporary.url)
        #expect(try store.runs().map(\.metrics["j2"]) == [90])
        let second = try finishedRun(in: temporary, loss: "rll", seed: 2, j2: 91)
        try first.writeSummary(RunSummary(status: .failed, message: "late", epochs: 3, metrics: [:], seconds: 2))
        #expect(try store.refresh() == .init(added: 1, changed: 1))
        #expect(try store.runs(RunQuery(status: .failed)).map(\.message) == ["late"])
        try FileManager.default.removeItem(at: second.url)
        #expect(try store.refresh() == .init(removed: 1))
        #expect(try store.runs().map(\.id) == [RunStore.identifier(of: first)])
    }

    @Test func anIndexThatCannotBeWrittenIsMadeInMemory() throws {
        guard getuid() != 0 else { return }
        let temporary = try TemporaryFolder()
        _ = try finishedRun(in: temporary, loss: "rll", seed: 1, j2: 90)
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: temporary.url.path)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: temporary.url.path) }
        #expect(try RunStore(reading: temporary.url).runs().count == 1)
    }

    @Test func thereMustBeAFolderToRead() throws {
        let temporary = try TemporaryFolder()
        let nowhere = temporary.file("nowhere")
        #expect(
            message { _ = try RunStore(reading: nowhere) } == """
                there is no folder of runs at \(nowhere.path): runs land in runs/ below the folder where nightjar run was \
                called; --runs-dir names another one
                """)
        #expect(!FileManager.default.fileExists(atPath: nowhere.path))
    }

    @Test func aNameThatNoRunHasIsAnErrorWithTheNearest() throws {
        let temporary = try TemporaryFolder()
        _ = try finishedRun(in: temporary, loss: "rll", seed: 1, j2: 90)
        let store = try RunStore(reading: temporary.url)
        #expect(
            message { _ = try store.runs(RunQuery(where: "learning_rat > 0.05")) } == """
                no run here has a value named 'learning_rat': did you mean 'learning_rate'?
                  names are ended, epochs, experiment, hash, hidden, j1, j2, learning_rate, loss, message, odd, rate, run, \
                seconds, seed, started, status
                """)
    }

    @Test func aComponentWithParametersIsFoundByItsNameAndByItsParameters() throws {
        let temporary = try TemporaryFolder()
        for alpha in [0.1, 0.45] {
            var configuration = exampleConfiguration()
            configuration.cell[0] = CellSetting("loss", ["name": "rll", "parameters": ["alpha": .number(alpha)]])
            configuration.parts["loss"] = ["name": "rll", "parameters": ["alpha": .number(alpha)]]
            _ = try RunFolder.create(in: temporary.url, configuration: configuration)
        }
        let store = try RunStore(reading: temporary.url)
        #expect(try store.runs(RunQuery(where: "loss = rll")).count == 2)
        #expect(try store.runs(RunQuery(where: "loss != rll")).isEmpty)
        #expect(try store.runs(RunQuery(where: "loss.alpha > 0.2")).count == 1)
        #expect(try store.runs(RunQuery(where: "loss = 'rll{alpha=0.1}'")).count == 1)
        let records = try store.runs()
        #expect(try store.texts("loss", of: records).values.sorted() == ["rll{alpha=0.1}", "rll{alpha=0.45}"])
    }

    @Test func conditionsAreParsedAndTheirValuesBound() throws {
        let temporary = try TemporaryFolder()
        let store = try RunStore(runsDirectory: temporary.url)
        for (loss, rate, j2) in [("cce", 0.2, 59.0), ("rll", 0.2, 95), ("rll", 0.4, 90), ("it's", 0.6, 10)] {
            try store.record([try finishedRun(in: temporary, loss: loss, rate: rate, seed: 1, j2: j2)])
        }
        func losses(_ condition: String) throws -> [String] {
            try store.runs(RunQuery(where: condition)).compactMap { $0.cell[axis: "loss"]?.stringValue }
                .sorted()
        }
        #expect(try losses("loss = rll and rate > 0.3") == ["rll"])
        #expect(try losses("loss != 'rll'") == ["cce", "it's"])
        #expect(try losses("not (j2 >= 90) or rate = 0.4") == ["cce", "it's", "rll"])
        #expect(try losses("loss = 'it''s'") == ["it's"])
        #expect(try losses("loss like '%s'") == ["it's"])
        #expect(try losses("status = finished and epochs <= 3").count == 4)
        #expect(try losses("learning_rate = 0.1 and hidden = '512,512'").count == 4)
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

    /// Best epochs are in the index; other epochs are read from `metrics.csv` when somebody asks.
    @Test func bestAndOtherEpochsAreAskedForLikeMetrics() throws {
        let temporary = try TemporaryFolder()
        for (seed, j2) in [(1, [10.0, 90, 40]), (2, [20, 50, 70])] {
            let run = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration(seed: seed))
            let writer = try run.metricsWriter(columns: ["j1", "j2"])
            for (epoch, value) in j2.enumerated() { try writer.append(epoch: epoch + 1, [100 - value, value]) }
            try run.writeSummary(
                RunSummary(
                    status: .finished, epochs: 3, metrics: ["j1": 100 - j2[2], "j2": j2[2]],
                    best: try run.readMetrics().best(by: "j2", .higher), seconds: 1))
        }
        let store = try RunStore(reading: temporary.url)
        #expect(
            try store.runs(RunQuery(where: "seed = 1")).map { $0.metrics.filter { $0.key.contains("best") } } == [
                ["best(j2)": 90, "j1@best(j2)": 10, "epoch@best(j2)": 2]
            ])
        func seeds(_ condition: String) throws -> [Int] {
            try store.runs(RunQuery(where: condition)).compactMap { $0.cell[axis: "seed"]?.intValue }.sorted()
        }
        #expect(try seeds("best(j2) > 80") == [1])
        #expect(try seeds("j1@best(j2) >= 30 and epoch@best(j2) = 3") == [2])
        #expect(try seeds("j2@1 < 15 or j2@2 = 50") == [1, 2])
        #expect(try seeds("not j2@1 < 15") == [2])
        #expect(try seeds("j2@7 > 0") == [])
        #expect(try seeds("J2@1 != 10") == [2])
        let list = try RunList(
            try store.runs(), in: store, .init(columns: ["seed", "j2@2", "best(j2)"], sort: ["-j2@2"]))
        #expect(list.csv == "seed,j2@2,best(j2)\n1,90,90\n2,50,70\n")
        #expect(
            message { _ = try store.runs(RunQuery(where: "j3@1 > 0")) }
                == "there is no metric 'j3': did you mean 'j1'?\n  metrics are corrected, j1, j2, memorized")
        #expect(message { _ = try RunFilter("recall[3 > 1") }.contains("a bracket is never closed"))
    }

    @Test func aRunThatIsBeingWrittenIsNotRemoved() throws {
        let temporary = try TemporaryFolder()
        let run = try finishedRun(in: temporary, loss: "rll", seed: 1, j2: 90)
        let store = try RunStore(reading: temporary.url)
        let record = try #require(try store.runs().first)
        let lock = try RunLock(run.url)
        #expect(
            message { try store.delete(record) } == "\(store.folder(of: record.id).path): another process (pid "
                + "\(getpid())) is writing this run\n  wait until it has ended, stop it, or give this one another folder "
                + "with --runs-dir")
        #expect(FileManager.default.fileExists(atPath: run.summaryURL.path))
        lock.release()
        try store.delete(record)
        #expect(!FileManager.default.fileExists(atPath: run.url.path))
    }

    /// A cell that failed before has a folder that goes when it runs again.
    @Test func whatIsGoneBesideARunThatIsRecordedIsForgotten() throws {
        let temporary = try TemporaryFolder()
        let runs = try (1...3).map { try finishedRun(in: temporary, loss: "rll", seed: $0, j2: 90) }
        let store = try RunStore(runsDirectory: temporary.url)
        try store.record(runs)
        var other = exampleConfiguration()
        other.experiment = "memorization 2"
        let elsewhere = try RunFolder.create(in: temporary.url, configuration: other)
        try store.record([elsewhere])
        #expect(try store.runs().count == 4)
        try FileManager.default.removeItem(at: runs[1].url)
        try FileManager.default.removeItem(at: elsewhere.url)
        try store.record([runs[0]])
        // That of the other experiment is looked for when something of it is recorded.
        #expect(
            try store.runs().map(\.id).sorted()
                == [runs[0], runs[2], elsewhere].map(RunStore.identifier(of:)).sorted())
    }

    @Test func theStoreIsRebuiltFromTheFolders() throws {
        let temporary = try TemporaryFolder()
        let store = try RunStore(runsDirectory: temporary.url)
        for seed in 1...3 {
            try store.record([try finishedRun(in: temporary, loss: "rll", seed: seed, j2: 90 + Double(seed))])
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
                    let run = try RunFolder.create(in: directory, configuration: exampleConfiguration(seed: seed))
                    for epochs in 1...20 {
                        try run.writeSummary(
                            RunSummary(status: .finished, epochs: epochs, metrics: ["j1": Double(seed)], seconds: 1))
                        try store.record([run])
                    }
                }
            }
            try await group.waitForAll()
        }
        let runs = try RunStore(runsDirectory: directory).runs()
        #expect(runs.compactMap { $0.cell[axis: "seed"]?.intValue }.sorted() == Array(1...8))
        #expect(runs.allSatisfy { $0.epochs == 20 && $0.metrics["j1"] == $0.cell[axis: "seed"]?.doubleValue })
    }

    @Test func aFileThatIsNoDatabaseIsNamed() throws {
        let temporary = try TemporaryFolder()
        let url = temporary.file(RunStore.fileName)
        try String(repeating: "not a database ", count: 100).write(to: url, atomically: true, encoding: .utf8)
        #expect(
            message { _ = try RunStore(runsDirectory: temporary.url) }
                == "\(url.path): the run store failed (file is not a database)\n"
                + "  delete the file: it is made anew from the runs")
    }
}
