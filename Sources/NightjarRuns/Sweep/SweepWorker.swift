// One worker process of a sweep, and the queue on which workers report their end.

import Foundation
import Synchronization

/// The end of a worker as its threads see it.
struct SweepArrival: Sendable {
    let index: Int
    let cell: SweepCell
    let reason: Process.TerminationReason
    let status: Int32
    let output: [String]
    let errors: [String]
    let seconds: Double

    /// - Parameter stopping: whether the sweep had been interrupted when the worker ended.
    func outcome(stopping: Bool) -> SweepOutcome {
        let end: SweepOutcome.End
        switch (reason, status) {
        case (.exit, 0): end = .finished
        case (.exit, InterruptSignal.exitStatus): end = .interrupted
        case (.exit, _): end = .failed(status: status)
        case (_, SIGINT) where stopping, (_, SIGTERM) where stopping: end = .interrupted
        default: end = .killed(signal: status)
        }
        return SweepOutcome(cell: cell, end: end, output: output, errors: errors, seconds: seconds)
    }
}

/// Where workers' ends wait for the sweep's thread.
final class SweepArrivals: Sendable {
    private let queue = Mutex<[SweepArrival]>([])
    private let signal = DispatchSemaphore(value: 0)

    func add(_ arrival: SweepArrival) {
        queue.withLock { $0.append(arrival) }
        signal.signal()
    }

    /// The next end, or nil when none comes within that many seconds.
    func next(within seconds: Double) -> SweepArrival? {
        guard signal.wait(timeout: .now() + seconds) == .success else { return nil }
        return queue.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}

/// A worker. Started, asked to stop, and dropped by the sweep's thread only.
final class SweepWorker {
    let cell: SweepCell
    private let command: SweepCommand
    private let process = Process()

    init(cell: SweepCell, command: SweepCommand) {
        self.cell = cell
        self.command = command
    }

    /// Starts the process and the threads that listen to it.
    /// - Returns: an outcome where it could not be started, else nil; its end then comes through `arrivals`.
    func start(arrivals: SweepArrivals) -> SweepOutcome? {
        let output = Pipe()
        let errors = Pipe()
        process.executableURL = URL(fileURLWithPath: command.executable)
        process.arguments = command.arguments
        process.environment = ProcessInfo.processInfo.environment.merging(command.environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        let clock = ContinuousClock()
        let start = clock.now
        let words = SweepLastWords()
        let heard = DispatchGroup()
        let cell = self.cell
        process.terminationHandler = { process in
            // What it said last may still be in the pipes. They close with the process, unless it left children
            // behind that hold them open: those are not waited for.
            _ = heard.wait(timeout: .now() + 2)
            let lines = words.lines
            arrivals.add(
                SweepArrival(
                    index: cell.index, cell: cell, reason: process.terminationReason,
                    status: process.terminationStatus, output: lines.output, errors: lines.errors,
                    seconds: start.duration(to: clock.now) / .seconds(1)))
        }
        for (pipe, isOutput) in [(output, true), (errors, false)] {
            heard.enter()
            // The thread holds the handle: the descriptor stays open for as long as it is read.
            let handle = pipe.fileHandleForReading
            Thread.detachNewThread {
                words.listen(to: handle, isOutput: isOutput)
                heard.leave()
            }
        }
        defer {
            try? output.fileHandleForWriting.close()
            try? errors.fileHandleForWriting.close()
        }
        do {
            try process.run()
            return nil
        } catch {
            let reason = "\(command.executable): \(FileReason.of(error))"
            return SweepOutcome(cell: cell, end: .notStarted, output: [], errors: [reason], seconds: 0)
        }
    }

    /// Sends SIGINT, unless the worker is in our own process group, where the terminal has done so.
    func interrupt() {
        let number = process.processIdentifier
        if process.isRunning, getpgid(number) != getpgrp() { kill(number, SIGINT) }
    }
}

/// The last lines of a worker's two outputs.
final class SweepLastWords: Sendable {
    private let tails = Mutex<(output: [UInt8], errors: [UInt8])>(([], []))
    private static let bytesKept = 16_384

    /// Reads a pipe to its end.
    func listen(to handle: FileHandle, isOutput: Bool) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(handle.fileDescriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            tails.withLock { tails in
                func keep(_ tail: inout [UInt8]) {
                    tail.append(contentsOf: buffer[..<count])
                    if tail.count > 2 * SweepLastWords.bytesKept {
                        tail.removeFirst(tail.count - SweepLastWords.bytesKept)
                    }
                }
                if isOutput { keep(&tails.output) } else { keep(&tails.errors) }
            }
        }
    }

    var lines: (output: [String], errors: [String]) {
        tails.withLock { (SweepLastWords.lines($0.output), SweepLastWords.lines($0.errors)) }
    }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.suffix(Sweep.linesKept).map(String.init)
    }
}
