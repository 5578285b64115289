import CProcess
import Foundation

/// A process that this one started, and that dies with it: the kernel kills it when its parent goes, however it goes.
///
/// It stays in our process group, so Ctrl-C in a terminal, and what `timeout` sends to its group, reaches it as well.
/// It inherits the three standard descriptors and, as number 3, one to report on; no others.
public final class ChildProcess: Sendable {
    /// How it ended.
    public enum End: Sendable, Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    private let state: Locked

    private final class Locked: @unchecked Sendable {
        let lock = NSLock()
        /// 0 once it was waited for: the number may then name another process.
        var number: pid_t
        init(_ number: pid_t) { self.number = number }
    }

    /// Starts a program, from the thread that will outlive it.
    ///
    /// - Parameters:
    ///   - output: becomes its standard output; nil: ours. So for `errors`.
    ///   - report: becomes its descriptor 3, a stream that may go both ways; nil: it has none.
    /// - Throws: ``StartError`` with the system's reason.
    public init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], output: Int32? = nil,
        errors: Int32? = nil, report: Int32? = nil
    ) throws {
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let settings = variables.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + settings).forEach { free($0) } }
        var number: pid_t = 0
        let reason = nj_spawn(program, words, settings, output ?? -1, errors ?? -1, report ?? -1, &number)
        guard reason == 0 else { throw StartError(program: program, number: reason) }
        state = Locked(number)
    }

    /// Waits for its end.
    public func wait() -> End {
        let number = state.lock.withLock { state.number }
        var facts = siginfo_t()
        // The number stays ours until the end has been taken, under the lock.
        while waitid(P_PID, id_t(number), &facts, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return state.lock.withLock { take(number, 0) } ?? .exited(127)
    }

    /// Its end where it has ended, else nil.
    public func poll() -> End? {
        state.lock.withLock { take(state.number, WNOHANG) }
    }

    private func take(_ number: pid_t, _ options: Int32) -> End? {
        var status: Int32 = 0
        guard number > 0 else { return nil }
        var answer = waitpid(number, &status, options)
        while answer < 0, errno == EINTR { answer = waitpid(number, &status, options) }
        guard answer == number else { return nil }
        state.number = 0
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
    }

    /// Asks it to stop; does not count as its second signal where it has had one.
    public func stop() {
        state.lock.withLock { if state.number > 0 { _ = nj_stop_relay(state.number) } }
    }

    /// It could not be started.
    public struct StartError: Error, CustomStringConvertible {
        public let program: String
        public let number: Int32
        /// As the system says it, in lower case: `no such file or directory`.
        public var reason: String { String(cString: strerror(number)).lowercased() }
        public var description: String { "\(program): \(reason)" }
    }
}

/// A pipe whose ends no program inherits by accident.
public struct ChildPipe {
    public let reading: Int32
    public let writing: Int32

    /// - Throws: ``ChildProcess/StartError`` where the system has no more descriptors.
    public init() throws {
        var ends: [Int32] = [0, 0]
        guard nj_pipe(&ends) == 0 else { throw ChildProcess.StartError(program: "pipe", number: errno) }
        (reading, writing) = (ends[0], ends[1])
    }

    /// Ours, which reads, and the other process's.
    public var ends: (here: Int32, there: Int32) { (reading, writing) }
}

/// A stream between two processes that goes both ways.
public struct ChildStream {
    /// Ours, and the other process's.
    public let ends: (here: Int32, there: Int32)

    /// - Throws: ``ChildProcess/StartError`` where the system has no more descriptors.
    public init() throws {
        var pair: [Int32] = [0, 0]
        guard nj_stream_pair(&pair) == 0 else { throw ChildProcess.StartError(program: "socketpair", number: errno) }
        ends = (pair[0], pair[1])
    }

    /// Sends a text; false where the other end is gone.
    public static func send(_ text: String, to stream: Int32) -> Bool {
        var text = text
        return text.withUTF8 { nj_stream_send(stream, $0.baseAddress, $0.count) == 0 }
    }
}
