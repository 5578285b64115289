import Foundation
import NightjarRuns
import Testing

@Suite struct RunLogTests {
    private let moment: @Sendable () -> Date = { Date(timeIntervalSince1970: 1_700_000_000) }

    private func run(_ folder: TemporaryFolder, seed: Int = 1) throws -> RunFolder {
        try RunFolder.create(in: folder.url, configuration: exampleConfiguration(seed: seed))
    }

    @Test func whatIsSaidBeforeThereIsAFolderIsInItsLog() throws {
        let folder = try TemporaryFolder()
        let log = RunLog(now: moment)
        let logger = log.logger()
        logger.info("loaded\nin two lines")
        let run = try run(folder)
        log.open(run)
        logger.warning("rows are few")
        logger.error("\u{1B}[2Jgone")
        #expect(
            try String(contentsOf: run.logURL, encoding: .utf8) == """
                2023-11-14T22:13:20Z info    loaded
                  in two lines
                2023-11-14T22:13:20Z warning rows are few
                2023-11-14T22:13:20Z error   \\x1B[2Jgone

                """)
    }

    @Test func eachRunHasItsOwnLinesAndALogThatIsThereGoesOn() throws {
        let folder = try TemporaryFolder()
        let (first, second) = (try run(folder), try run(folder, seed: 2))
        let log = RunLog(now: moment)
        let logger = log.logger()
        log.open(first)
        logger.info("one")
        log.leave()
        logger.info("two")
        log.open(second)
        RunLog.append(.error, "killed", to: first)
        let lines = try [first, second].map {
            try String(contentsOf: $0.logURL, encoding: .utf8).split(separator: "\n").map { $0.dropFirst(21) }
        }
        #expect(lines == [["info    one", "error   killed"], ["info    two"]])
    }

    /// A script that prints without end fills no disk.
    @Test func aLogHasALimit() throws {
        let folder = try TemporaryFolder()
        let log = RunLog(now: moment)
        let logger = log.logger()
        let run = try run(folder)
        log.open(run)
        let line = String(repeating: "x", count: 10_000)
        for _ in 0..<2000 { logger.info("\(line)") }
        let text = try String(contentsOf: run.logURL, encoding: .utf8)
        #expect(text.utf8.count <= RunLog.mostBytes + 100)
        #expect(text.hasSuffix("\nthis log has reached its limit of 16 MiB: what follows is left out\n"))
    }
}
