// What a worker reports where nobody holds the other end: into a file.

import Foundation
import NightjarProcess
import NightjarTensor
import Synchronization

/// The worker's end of a report that is a file. It has what ``WorkerChannel`` would send, in the same lines.
public final class WorkerReport: Sendable {
    private let handle: FileHandle
    private let lastProgress = Mutex<ContinuousClock.Instant?>(nil)
    /// From one line of progress to the next: somebody may look at it over a network.
    private static let pause = Duration.seconds(2)

    /// Goes on at the end of the file.
    /// - Throws: `RunError` where it cannot be opened.
    public init(_ url: URL) throws {
        handle = try OwnFile.handle(url, O_WRONLY | O_CREAT | O_APPEND)
    }

    /// Whether a worker has begun a run there: then the next one goes on with it.
    public static func hasRun(_ url: URL) -> Bool {
        var messages = WorkerMessages()
        guard let data = try? WholeFile.bytes(url.path, most: WholeFile.mostTable) else { return false }
        _ = messages.append(Array(data)[...])
        return messages.all.contains { if case .runFolder = $0 { true } else { false } }
    }

    public func send(_ message: WorkerMessage) {
        if case .progress(let progress) = message {
            let isDue = lastProgress.withLock { last -> Bool in
                if let last, last.duration(to: .now) < WorkerReport.pause, progress.share < 1 { return false }
                last = .now
                return true
            }
            guard isDue else { return }
        }
        // A disk that is full ends no training for its report.
        try? handle.write(contentsOf: Data(message.line.utf8))
    }
}
