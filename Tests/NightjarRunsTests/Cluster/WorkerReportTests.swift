import Foundation
import Testing

import NightjarRuns

@Suite struct WorkerReportTests {
    @Test func aReportIsReadLikeAChannel() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("0.jsonl")
        #expect(!WorkerReport.hasRun(url))
        let report = try WorkerReport(url)
        report.send(.note("a note\nof two lines"))
        #expect(!WorkerReport.hasRun(url))
        report.send(.runFolder(path: "/runs/tiny/a"))
        report.send(.failure("it failed"))
        report.send(.ended(status: 1))
        var messages = WorkerMessages()
        let news = messages.append(Array(try Data(contentsOf: url))[...])
        #expect(
            messages.all == [.note("a note\nof two lines"), .runFolder(path: "/runs/tiny/a"), .failure("it failed")])
        #expect(news.ended == 1)
        #expect(WorkerReport.hasRun(url))
    }

    @Test func anotherAttemptGoesOnBehindTheFirst() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("0.jsonl")
        for path in ["/a", "/b"] { try WorkerReport(url).send(.runFolder(path: path)) }
        var messages = WorkerMessages()
        _ = messages.append(Array(try Data(contentsOf: url))[...])
        #expect(messages.all == [.runFolder(path: "/a"), .runFolder(path: "/b")])
    }

    /// What would come many times a second comes now and then; the end of a training comes always.
    @Test func progressIsToldNowAndThen() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("0.jsonl")
        let report = try WorkerReport(url)
        for step in 1...1000 { report.send(.progress(WorkerProgress(epoch: 0, epochs: 2, step: step, steps: 1000))) }
        report.send(.progress(WorkerProgress(epoch: 2, epochs: 2)))
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        #expect(lines.count >= 2 && lines.count < 500)
        var messages = WorkerMessages()
        #expect(messages.append(Array(try Data(contentsOf: url))[...]).progress?.share == 1)
    }

    @Test func aFolderThatIsNotThereIsSaid() throws {
        #expect(throws: RunError.self) { try WorkerReport(URL(fileURLWithPath: "/nowhere/0.jsonl")) }
    }
}
