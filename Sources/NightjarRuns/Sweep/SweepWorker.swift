// One worker process of a sweep, and the queue on which workers report their end.

import Foundation
import NightjarProcess
import Synchronization

/// The end of a worker as its thread sees it.
struct SweepArrival: Sendable {
    let index: Int
    let cell: SweepCell
    let exit: ChildProcess.End
    let words: SweepWords
    let seconds: Double

    /// - Parameter stopping: whether the sweep had been interrupted when the worker ended.
    func outcome(stopping: Bool) -> SweepOutcome {
        let end: SweepOutcome.End
        switch exit {
        case .exited(0): end = .finished
        case .exited(let status) where StopSignal.isExitStatus(status): end = .interrupted
        case .exited(let status): end = .failed(status: status)
        case .killed(let signal) where stopping && [SIGINT, SIGTERM, SIGHUP].contains(signal): end = .interrupted
        case .killed(let signal): end = .killed(signal: signal)
        }
        return SweepOutcome(
            cell: cell, end: end, output: words.output.lines, errors: words.errors.lines,
            messages: words.messages.all, seconds: seconds)
    }
}

/// What a worker's thread hands to the sweep's.
enum SweepNews: Sendable {
    case progress(index: Int, WorkerProgress)
    case end(SweepArrival)
}

/// Where workers' news wait for the sweep's thread.
final class SweepArrivals: Sendable {
    private let queue = Mutex<[SweepNews]>([])
    private let signal = DispatchSemaphore(value: 0)

    func add(_ news: SweepNews) {
        queue.withLock { $0.append(news) }
        signal.signal()
    }

    /// The next news, or nil when none come within that many seconds.
    func next(within seconds: Double) -> SweepNews? {
        guard signal.wait(timeout: .now() + seconds) == .success else { return nil }
        return queue.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}

/// A worker. Started, asked to stop, and dropped by the sweep's thread only.
final class SweepWorker {
    let cell: SweepCell
    private let command: SweepCommand
    private var process: ChildProcess?

    init(cell: SweepCell, command: SweepCommand) {
        self.cell = cell
        self.command = command
    }

    /// Starts the process and the thread that listens to it.
    /// - Returns: an outcome where it could not be started, else nil; its end then comes through `arrivals`.
    func start(arrivals: SweepArrivals) -> SweepOutcome? {
        let clock = ContinuousClock()
        let start = clock.now
        var pipes: [ChildPipe] = []
        defer { for pipe in pipes { close(pipe.writing) } }
        do {
            for _ in 0..<3 { pipes.append(try ChildPipe()) }
            let process = try ChildProcess(
                command.executable, command.arguments, environment: command.environment, output: pipes[0].writing,
                errors: pipes[1].writing, report: pipes[2].writing)
            self.process = process
            let (cell, descriptors) = (cell, pipes.map(\.reading))
            Thread.detachNewThread {
                let words = SweepWords.listen(to: descriptors, of: process) { progress in
                    arrivals.add(.progress(index: cell.index, progress))
                }
                for descriptor in descriptors { close(descriptor) }
                arrivals.add(
                    .end(
                        SweepArrival(
                            index: cell.index, cell: cell, exit: words.end, words: words.words,
                            seconds: start.duration(to: clock.now) / .seconds(1))))
            }
            return nil
        } catch {
            for pipe in pipes { close(pipe.reading) }
            return SweepOutcome(
                cell: cell, end: .notStarted, output: [], errors: ["\(error)"], messages: [], seconds: 0)
        }
    }

    /// Asks it to stop. A Ctrl-C in the terminal has reached it as well; this does not count as a second one.
    func interrupt() { process?.stop() }
}

/// What a worker said: the last lines of its two outputs, and all of its reports.
struct SweepWords: Sendable {
    var output = SweepTail(bytesKept: 16_384)
    var errors = SweepTail(bytesKept: 32_768)
    var messages = WorkerMessages()

    /// Reads until the process has ended and all that it said is read. Children that it left behind may hold its
    /// descriptors open: those are not waited for.
    static func listen(
        to descriptors: [Int32], of process: ChildProcess, progress: (WorkerProgress) -> Void
    ) -> (words: SweepWords, end: ChildProcess.End) {
        var words = SweepWords()
        var open = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var end: ChildProcess.End?
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while open.contains(where: { $0.fd >= 0 }) {
            let answer = poll(&open, nfds_t(open.count), end == nil ? 200 : 0)
            if answer == 0, end != nil { break }
            if end == nil { end = process.poll() }
            guard answer > 0 else { continue }
            for index in open.indices where open[index].revents != 0 {
                let count = read(open[index].fd, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    // A negative descriptor is passed over.
                    open[index].fd = -1
                    continue
                }
                switch index {
                case 0: words.output.append(buffer[..<count])
                case 1: words.errors.append(buffer[..<count])
                default: if let last = words.messages.append(buffer[..<count]) { progress(last) }
                }
            }
        }
        return (words, end ?? process.wait())
    }
}

/// The last bytes of a stream.
struct SweepTail: Sendable {
    let bytesKept: Int
    private(set) var bytes: [UInt8] = []

    init(bytesKept: Int) { self.bytesKept = bytesKept }

    mutating func append(_ more: ArraySlice<UInt8>) {
        bytes.append(contentsOf: more)
        if bytes.count > 2 * bytesKept { bytes.removeFirst(bytes.count - bytesKept) }
    }

    /// The last lines.
    var lines: [String] {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.suffix(Sweep.linesKept).map(String.init)
    }
}
