import Foundation
import NightjarRuns
import Testing

@Suite struct RunFolderTests {
    @Test func aRunIsWrittenAndReadBack() throws {
        let temporary = try TemporaryFolder()
        let run = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration())
        #expect(run.url.deletingLastPathComponent().lastPathComponent == "memorization")
        let metrics = try run.metricsWriter(columns: ["loss", "j1"])
        try metrics.append(epoch: 1, [2.5, 10])
        try metrics.append(epoch: 2, [nil, 12.25])
        try run.writeLabels(true: [3, 0, 9], given: [3, 1, 9])
        let summary = RunSummary(
            status: .finished, epochs: 2, metrics: ["j1": 12.25, "loss": .nan], seconds: 1.5,
            started: Date(timeIntervalSince1970: 1_600_000_000))
        try run.writeSummary(summary)

        let opened = try RunFolder.open(run.url)
        #expect(opened.configuration == run.configuration)
        let table = try opened.readMetrics()
        #expect(table.columns == ["loss", "j1"])
        #expect(table.rows == [MetricsRow(epoch: 1, values: [2.5, 10]), MetricsRow(epoch: 2, values: [nil, 12.25])])
        let labels = try opened.readLabels()
        #expect(labels.true == [3, 0, 9])
        #expect(labels.given == [3, 1, 9])
        let back = try #require(try opened.readSummary())
        #expect(back.metrics["j1"] == 12.25)
        #expect(back.metrics["loss"]?.isNaN == true)
        #expect(back.started == summary.started)
        #expect(back.ended == nil)
        #expect(
            try String(contentsOf: run.labelsURL, encoding: .utf8) == "index,true,given\n0,3,3\n1,0,1\n2,9,9\n")
    }

    /// Files with holes, which say that they have a terabyte.
    @Test func filesThatAreTooLongAreRefused() throws {
        let temporary = try TemporaryFolder()
        let run = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration())
        func said(_ url: URL, _ body: () throws -> some Any) throws -> String {
            let file = open(url.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            try #require(file >= 0 && ftruncate(file, 0) == 0 && ftruncate(file, 1 << 40) == 0)
            close(file)
            do { return "no error: \(try body())" } catch { return "\(error)" }
        }
        let path = run.url.path
        #expect(
            try said(run.metricsURL) { try run.readMetrics() }
                == "\(path)/metrics.csv: could not read the file (it has 1099511627776 bytes, and at most 268435456 are read)"
        )
        #expect(
            try said(run.labelsURL) { try run.readLabels() }
                == "\(path)/labels.csv: could not read the file (it has 1099511627776 bytes, and at most 268435456 are read)"
        )
        // Zeros begin no value, no array and no weights: nothing but the first bytes is read.
        #expect(
            try said(run.summaryURL) { try run.readSummary() as Any }.hasPrefix(
                "\(path)/summary.json: not valid JSON (line 1, column 1: "))
        #expect(
            try said(run.ledgerURL) { try ArrayLogFile(run.ledgerURL) }
                == "\(path)/ledger.npy: this is no .npy file of version 1")
        #expect(
            try said(run.weightsURL) { try run.readWeights() }
                == "\(path)/weights.safetensors: header: it does not begin with '{'; the file is damaged or is not safetensors"
        )
    }

    @Test func theFileOfTheConfigurationHasTheRunsHash() throws {
        let temporary = try TemporaryFolder()
        let run = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration())
        let file = try JSONValue(parsing: Data(contentsOf: run.configurationURL), source: "config.json")
        guard case .object(var entries) = file else {
            Issue.record("\(file)")
            return
        }
        // Of the file itself.
        #expect(entries.removeValue(forKey: "checksum") != nil)
        #expect(ContentHash.sha256(Data(JSONValue.object(entries).text().utf8)) == run.configuration.hash)
    }

    @Test func aRepeatedRunStartsWithoutOldResults() throws {
        let temporary = try TemporaryFolder()
        let run = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration())
        try run.writeSummary(RunSummary(status: .finished, epochs: 1, metrics: [:], seconds: 1))
        let again = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration())
        #expect(again == run)
        #expect(try again.readSummary() == nil)
    }

    @Test func aResumedRunKeepsItsResults() throws {
        let temporary = try TemporaryFolder()
        let run = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration())
        try run.writeLabels(true: [1], given: [2])
        _ = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration(), keepingResults: true)
        #expect(try run.readLabels().given == [2])
    }

    @Test func noTemporaryFilesStayBehind() throws {
        let temporary = try TemporaryFolder()
        let run = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration())
        try run.writeLabels(true: [1], given: [2])
        let names = try FileManager.default.contentsOfDirectory(atPath: run.url.path).sorted()
        #expect(names == ["config.json", "labels.csv"])
    }

    @Test func labelListsOfDifferentLengthAreRefused() throws {
        let temporary = try TemporaryFolder()
        let run = try RunFolder.create(in: temporary.url, configuration: exampleConfiguration())
        #expect(
            message { try run.writeLabels(true: [1, 2], given: [1]) }
                == "\(run.labelsURL.path): 2 true labels but 1 given labels; there must be one of each a sample")
    }

    @Test func aFolderWithoutConfigurationIsNoRun() throws {
        let temporary = try TemporaryFolder()
        let text = message { _ = try RunFolder.open(temporary.url) }
        #expect(text == "\(temporary.file("config.json").path): could not read the file (no such file or directory)")
    }
}
