import Foundation
import NightjarRuns
import Testing

/// What is held open below a run is a file of the run, and no link or pipe in its place.
@Suite struct OwnFileTests {
    /// What a stranger may have put in the place of a file.
    enum Trap: CaseIterable, Sendable {
        case link, danglingLink, pipe, folder

        func set(at url: URL, aside letter: URL) throws {
            switch self {
            case .link: try FileManager.default.createSymbolicLink(at: url, withDestinationURL: letter)
            case .danglingLink:
                try FileManager.default.createSymbolicLink(
                    at: url, withDestinationURL: letter.appendingPathExtension("new"))
            case .pipe: try #require(mkfifo(url.path, 0o644) == 0)
            case .folder: try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
            }
        }

        var reason: String {
            switch self {
            case .link, .danglingLink: "could not open the file (it is a link, which runs do not follow)"
            case .pipe: "could not open the file (it is no regular file)"
            case .folder: "could not open the file (is a directory)"
            }
        }
    }

    /// Sets a trap at a name in a run's folder, and looks whether `body` is told of it and leaves all else alone.
    private func spring(
        _ trap: Trap, _ name: String, reason: String? = nil, _ body: (RunFolder) throws -> Void
    ) throws {
        let folder = try TemporaryFolder()
        let run = try RunFolder.create(in: folder.url, configuration: exampleConfiguration())
        let letter = folder.file("letter")
        try Data("dear".utf8).write(to: letter)
        try trap.set(at: run.url.appendingPathComponent(name), aside: letter)
        let said = message { try body(run) }
        let known = reason ?? trap.reason
        #expect(said == (known.isEmpty ? "no error" : "\(run.url.appendingPathComponent(name).path): \(known)"))
        #expect(try folder.text("letter") == "dear")
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.url.path)).count == 2)
    }

    @Test(arguments: Trap.allCases) func locks(_ trap: Trap) throws {
        try spring(trap, ".lock") { _ = try RunLock($0.url) }
        // Whoever only looks is neither held nor told of a holder.
        for name in [".lock", ".lease"] {
            try spring(trap, name, reason: "") { #expect(RunLock.holder(of: $0.url) == nil) }
        }
        // Where the file system has no locks.
        try spring(
            trap, ".lease",
            reason: "this file should say which process writes the run, and cannot be read\n"
                + "  remove it where none does"
        ) { run in
            _ = try RunLock(run.url) { _, _ in
                errno = ENOTSUP
                return -1
            }
        }
    }

    @Test(arguments: Trap.allCases) func arrays(_ trap: Trap) throws {
        try spring(trap, "ledger.npy") { _ = try ArrayLog($0.ledgerURL, shape: [2], element: .float32) }
    }

    @Test(arguments: Trap.allCases) func events(_ trap: Trap) throws {
        try spring(trap, EventFile.name) { _ = try EventFile($0.eventsURL, time: 0) }
    }

    @Test(arguments: Trap.allCases) func reportsOfWorkers(_ trap: Trap) throws {
        try spring(trap, "1.jsonl") { _ = try WorkerReport($0.url.appendingPathComponent("1.jsonl")) }
    }

    /// A log is no reason to end a training: nothing is logged.
    @Test(arguments: Trap.allCases) func logs(_ trap: Trap) throws {
        try spring(trap, "log.txt", reason: "") { RunLog.append(.info, "a line", to: $0) }
    }

    @Test func foldersInARunAreNoLinks() throws {
        for trap in [Trap.link, .danglingLink] {
            try spring(
                trap, "reports", reason: "could not make the folder (it is a link, which runs do not follow)"
            ) { try $0.write(report: "text", to: "a.txt") }
        }
        try spring(.folder, "reports", reason: "") { try $0.write(report: "text", to: "a.txt") }
        try spring(.pipe, "reports", reason: "could not make the folder (a file is there)") {
            try $0.write(report: "text", to: "a.txt")
        }
    }

    /// What a new run makes takes the place of links, whether they lead somewhere or not.
    @Test func aNewRunRemovesLinks() throws {
        for trap in [Trap.link, .danglingLink] {
            try spring(trap, "log.txt", reason: "") { run in
                let again = try RunFolder.create(
                    in: run.url.deletingLastPathComponent().deletingLastPathComponent(),
                    configuration: run.configuration)
                RunLog.append(.info, "a line", to: again)
                #expect(
                    try FileManager.default.attributesOfItem(atPath: again.logURL.path)[.type] as? FileAttributeType
                        == .typeRegular)
            }
        }
    }

    /// Folders of another that links stand for are neither filled nor emptied.
    @Test func whatLiesAsideAndTheTextsAreNoLinks() throws {
        let folder = try TemporaryFolder()
        let (runs, home) = (folder.file("runs"), folder.file("home"))
        let run = try RunFolder.create(in: runs, configuration: exampleConfiguration())
        let own = home.appendingPathComponent("memorization/\(run.url.lastPathComponent)")
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: own.appendingPathComponent("config.json"))
        for name in [".aside", ".objects"] {
            try FileManager.default.createSymbolicLink(
                at: runs.appendingPathComponent(name), withDestinationURL: home)
        }
        let aside = RunAside(run.url, in: runs)
        #expect(!aside.isThere)
        aside.remove()
        #expect(
            message { try aside.moveOut() }.hasSuffix(
                "could not make the folder (it is a link, which runs do not follow))"))
        let texts = TextStore(runsDirectory: runs)
        for body in [
            { _ = try texts.keep("a text") }, { _ = try texts.hold() }, { _ = try texts.prune() },
        ] as [() throws -> Void] {
            #expect(
                message(of: body)
                    == "\(texts.url.path): could not make the folder (it is a link, which runs do not follow)")
        }
        #expect(try FileManager.default.subpathsOfDirectory(atPath: home.path).count == 3)
    }

    @Test func numbersOfEpochsStayWholeNumbers() throws {
        let folder = try TemporaryFolder()
        let run = try RunFolder.create(in: folder.url, configuration: exampleConfiguration())
        let text = try String(contentsOf: run.configurationURL, encoding: .utf8)
            .replacing(#/ {2}"checksum": "[0-9a-f]{16}",\n/#, with: "")
        for epochs in ["-1", "9007199254740993", "9223372036854775807", "1.5"] {
            try Data(text.replacing("\"epochs\": 60", with: "\"epochs\": \(epochs)").utf8).write(
                to: run.configurationURL)
            #expect(
                message { _ = try RunFolder.open(run.url) }
                    == "\(run.configurationURL.path): \"epochs\" must be a whole number, got \(epochs)")
            try Data("epoch,j1\n\(epochs),5\n".utf8).write(to: run.metricsURL)
            #expect(
                message { _ = try run.readMetrics() }
                    == "\(run.metricsURL.path), line 2: expected an epoch and 1 values, got \(epochs),5")
            try Data("{ \"status\": \"finished\", \"epochs\": \(epochs), \"seconds\": 1, \"metrics\": {} }\n".utf8)
                .write(to: run.summaryURL)
            #expect(
                message { _ = try run.readSummary() }
                    == "\(run.summaryURL.path): \"epochs\" and \"seconds\" must be numbers and \"metrics\" an object")
        }
    }
}
