// `log.txt` of a run: what scripts print, notes, warnings and errors, a line each.

import Foundation
import Logging
import NightjarProcess
import Synchronization

/// Where the log of a process goes: into the folder of the run that is going on, or, before there is one, into memory
/// until there is.
///
/// A line is handed to the system at once, so that a process that is killed loses none. Lines begin with the moment and
/// the level; a text of several lines goes on behind two spaces.
public final class RunLog: Sendable {
    /// A file grows to this many bytes at most; what comes then is counted and left out.
    public static let mostBytes = 16 << 20
    /// What is kept before there is a folder.
    private static let mostWaiting = 1 << 20

    private struct State {
        var file: FileHandle?
        var waiting = ""
        var written = 0
        var isFull = false
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Date

    public init(now: @escaping @Sendable () -> Date = { Date() }) { self.now = now }

    /// A logger whose lines go here.
    public func logger(_ label: String = "nightjar") -> Logger {
        Logger(label: label) { _ in Handler(log: self) }
    }

    /// What waits, and all that follows, goes into the run's log; behind what is in it.
    public func open(_ folder: RunFolder) {
        state.withLock { state in
            try? state.file?.close()
            state.file = RunLog.appending(to: folder.logURL)
            state.written = Int((try? state.file?.offset()) ?? 0)
            state.isFull = false
            let waiting = state.waiting
            state.waiting = ""
            RunLog.write(waiting, &state)
        }
    }

    /// What follows belongs to another run, whose folder is not known yet.
    public func leave() {
        state.withLock { state in
            try? state.file?.close()
            state = State()
        }
    }

    /// Adds a line to the log of a run that another process has written.
    public static func append(_ level: Logger.Level, _ text: String, to folder: RunFolder) {
        let log = RunLog()
        log.open(folder)
        log.add(level, text)
    }

    fileprivate func add(_ level: Logger.Level, _ text: String) {
        let shown = ShownText.text(text).split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\n  ")
        let word = level.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0)
        let line = "\(now().formatted(.iso8601)) \(word) \(shown)\n"
        state.withLock { RunLog.write(line, &$0) }
    }

    private static func write(_ text: String, _ state: inout State) {
        guard !text.isEmpty, !state.isFull else { return }
        let most = state.file == nil ? mostWaiting : mostBytes
        guard state.written + text.utf8.count <= most else {
            state.isFull = true
            let end = "this log has reached its limit of \(most >> 20) MiB: what follows is left out\n"
            if state.file == nil { state.waiting += end } else { try? state.file?.write(contentsOf: Data(end.utf8)) }
            return
        }
        state.written += text.utf8.count
        guard let file = state.file else {
            state.waiting += text
            return
        }
        // A disk that is full must not end a training for its log.
        try? file.write(contentsOf: Data(text.utf8))
    }

    private static func appending(to url: URL) -> FileHandle? {
        guard let handle = try? OwnFile.handle(url, O_WRONLY | O_CREAT | O_APPEND) else { return nil }
        _ = try? handle.seekToEnd()
        return handle
    }

    private struct Handler: LogHandler {
        let log: RunLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        init(log: RunLog) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { log.add(event.level, event.message.description) }
    }
}
