import Foundation

/// What a short program said and how it ended.
public struct ProgramAnswer: Sendable {
    public let end: ChildProcess.End
    public let output: String
    public let errors: String

    /// Runs a program of `PATH` to its end and keeps what it says, at most 16 MiB of each output.
    /// - Parameter limit: after so long it is asked to stop.
    /// - Throws: ``ChildProcess/StartError`` where `PATH` has no such program, or the system cannot start it.
    public static func of(
        _ name: String, _ arguments: [String], within limit: Duration = .seconds(60)
    ) throws -> ProgramAnswer {
        guard let program = path(of: name) else { throw ChildProcess.StartError(program: name, number: ENOENT) }
        let pipes = [try ChildPipe(), try ChildPipe()]
        defer { for pipe in pipes { close(pipe.reading) } }
        let child: ChildProcess
        do {
            defer { for pipe in pipes { close(pipe.writing) } }
            child = try ChildProcess(program, arguments, output: pipes[0].writing, errors: pipes[1].writing)
        }
        var texts: [[UInt8]] = [[], []]
        var open = pipes.map { pollfd(fd: $0.reading, events: Int16(POLLIN), revents: 0) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let start = ContinuousClock.now
        var isAsked = false
        while open.contains(where: { $0.fd >= 0 }) {
            if !isAsked, start.duration(to: .now) > limit {
                child.stop()
                isAsked = true
            }
            guard poll(&open, nfds_t(open.count), 100) > 0 else {
                // One that is gone may have left children that hold its outputs.
                if let end = child.poll() { return ProgramAnswer(end, texts) }
                continue
            }
            for index in open.indices where open[index].fd >= 0 && open[index].revents != 0 {
                let count = read(open[index].fd, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                if count <= 0 {
                    open[index].fd = -1
                } else if texts[index].count < most {
                    texts[index] += buffer[..<count]
                }
            }
        }
        return ProgramAnswer(child.wait(), texts)
    }

    private static let most = 16 << 20

    private init(_ end: ChildProcess.End, _ texts: [[UInt8]]) {
        self.end = end
        (output, errors) = (String(decoding: texts[0], as: UTF8.self), String(decoding: texts[1], as: UTF8.self))
    }

    /// Where `PATH` has a program; nil where it has none. A path is itself where a program lies there.
    public static func path(of name: String) -> String? {
        guard !name.contains("/") else { return access(name, X_OK) == 0 ? name : nil }
        return (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { $0 + "/" + name }
            .first { access($0, X_OK) == 0 }
    }
}
