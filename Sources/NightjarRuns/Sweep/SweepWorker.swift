// One worker process of a sweep, and the queue on which the ends of cells are reported.

import Foundation
import NightjarProcess
import Synchronization

/// The end of a cell as the thread of its worker sees it.
struct SweepArrival: Sendable {
    let index: Int
    let cell: SweepCell
    let exit: ChildProcess.End
    let words: SweepWords
    let seconds: Double
    /// Whether the process is there still, and takes another cell.
    let waits: Bool

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

/// A worker process: runs one cell, or takes the next one when it is done with one. Started, given cells, asked to stop and
/// let go by the sweep's thread only; a thread of its own listens to it.
final class SweepWorker {
    /// What it was started with.
    let command: SweepCommand
    /// The cell that it runs, or ran last.
    private(set) var cell: SweepCell
    private let link: SweepLink

    /// Starts a process, and gives it its first cell.
    /// - Throws: ``ChildProcess/StartError`` where the system has none.
    init(_ command: SweepCommand, cell: SweepCell, arrivals: SweepArrivals) throws {
        self.command = command
        self.cell = cell
        link = try SweepLink(command, first: cell, arrivals: arrivals)
        if let order = command.order { _ = link.send(order) }
    }

    /// Gives it another cell; false where it cannot take it any more.
    func begin(_ cell: SweepCell, _ command: SweepCommand) -> Bool {
        guard let order = command.order, command.isTaken(byProcessOf: self.command), link.begin(cell) else {
            return false
        }
        self.cell = cell
        // Where the order does not arrive the process is gone, which its thread finds out and reports for the cell.
        return link.send(order) || !link.takeBack()
    }

    /// Asks it to stop. A Ctrl-C in the terminal has reached it as well; this does not count as a second one.
    func interrupt() { link.process.stop() }

    /// Tells it that there are no more cells, and waits for its end.
    func dismiss() { link.dismiss() }
}

/// What the sweep's thread and the one that listens to a worker share.
private final class SweepLink: Sendable {
    let process: ChildProcess
    private let stream: Int32
    private let arrivals: SweepArrivals
    private let state: Mutex<State>
    private let over = DispatchSemaphore(value: 0)

    private struct State {
        /// The cell that the process runs, and since when; nil while it waits for one.
        var going: (cell: SweepCell, start: ContinuousClock.Instant)?
        var isOver = false
    }

    init(_ command: SweepCommand, first cell: SweepCell, arrivals: SweepArrivals) throws {
        self.arrivals = arrivals
        var pipes: [ChildPipe] = []
        defer { for pipe in pipes { close(pipe.writing) } }
        do {
            for _ in 0..<2 { pipes.append(try ChildPipe()) }
            // Behind a wall a process may have no socket; it gives no orders.
            let ends = command.order == nil ? try ChildPipe().ends : try ChildStream().ends
            defer { close(ends.there) }
            state = Mutex(State(going: (cell, .now)))
            stream = ends.here
            do {
                process = try ChildProcess(
                    command.executable, command.arguments, environment: command.environment, output: pipes[0].writing,
                    errors: pipes[1].writing, report: ends.there)
            } catch {
                close(ends.here)
                throw error
            }
        } catch {
            for pipe in pipes { close(pipe.reading) }
            throw error
        }
        let outputs = pipes.map(\.reading)
        Thread.detachNewThread { self.listen(outputs) }
    }

    // The last of the two threads that lets go.
    deinit { close(stream) }

    func send(_ order: String) -> Bool { ChildStream.send(order + "\n", to: stream) }

    /// False where the process has ended.
    func begin(_ cell: SweepCell) -> Bool {
        state.withLock { state in
            guard !state.isOver, state.going == nil else { return false }
            state.going = (cell, .now)
            return true
        }
    }

    /// The cell is not to be reported any more; false where that has happened.
    func takeBack() -> Bool {
        state.withLock { state in
            defer { state.going = nil }
            return state.going != nil
        }
    }

    func dismiss() {
        shutdown(stream, Int32(SHUT_WR))
        if over.wait(timeout: .now() + SweepLink.patience) == .timedOut {
            process.stop()
            over.wait()
        }
    }

    /// Seconds that a process gets that has nothing more to do.
    private static let patience = 5.0

    /// Reads until the process has ended and all that it said is read. Children that it left behind may hold its
    /// descriptors open: those are not waited for.
    private func listen(_ outputs: [Int32]) {
        var words = SweepWords()
        var open = (outputs + [stream]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var end: ChildProcess.End?
        while open.contains(where: { $0.fd >= 0 }) {
            let answer = poll(&open, nfds_t(open.count), end == nil ? 200 : 0)
            if answer == 0, end != nil { break }
            if end == nil { end = process.poll() }
            guard answer > 0 else { continue }
            let news = words.take(&open)
            if let progress = news.progress, let cell = state.withLock({ $0.going?.cell }) {
                arrivals.add(.progress(index: cell.index, progress))
            }
            if let status = news.ended {
                // What it said before that is in the pipes.
                while poll(&open, nfds_t(outputs.count), 0) > 0 { _ = words.take(&open) }
                ended(.exited(status), words, waits: true)
                words = SweepWords()
            }
        }
        for descriptor in outputs { close(descriptor) }
        let exit = end ?? process.wait()
        state.withLock { $0.isOver = true }
        ended(exit, words, waits: false)
        over.signal()
    }

    private func ended(_ exit: ChildProcess.End, _ words: SweepWords, waits: Bool) {
        guard
            let (cell, start) = state.withLock({ state in
                defer { state.going = nil }
                return state.going
            })
        else { return }
        arrivals.add(
            .end(
                SweepArrival(
                    index: cell.index, cell: cell, exit: exit, words: words,
                    seconds: start.duration(to: .now) / .seconds(1), waits: waits)))
    }
}

/// What a worker said: the last lines of its two outputs, and all of its reports.
struct SweepWords: Sendable {
    var output = SweepTail(bytesKept: 16_384)
    var errors = SweepTail(bytesKept: 32_768)
    var messages = WorkerMessages()

    /// Reads once from each descriptor that has something: standard output, standard error, reports. One that has come to
    /// its end gets a negative number, which `poll` passes over.
    mutating func take(_ open: inout [pollfd]) -> WorkerMessages.News {
        var news = WorkerMessages.News()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        for index in open.indices where open[index].fd >= 0 && open[index].revents != 0 {
            let count = read(open[index].fd, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            open[index].revents = 0
            guard count > 0 else {
                open[index].fd = -1
                continue
            }
            switch index {
            case 0: output.append(buffer[..<count])
            case 1: errors.append(buffer[..<count])
            default:
                let told = messages.append(buffer[..<count])
                news.progress = told.progress ?? news.progress
                news.ended = told.ended ?? news.ended
            }
        }
        return news
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
