// What a worker process tells the sweep that started it.

import Foundation
import NightjarProcess

/// One thing that a worker tells, over a descriptor that scripts cannot reach. Whatever a script prints, it is not this.
public enum WorkerMessage: Sendable, Equatable {
    /// A training has its folder.
    case runFolder(path: String)
    /// The cell failed, with the error's text.
    case failure(String)

    private static let keys = (kind: "kind", text: "text")

    /// A line of JSON: an object with the kind and what comes with it.
    var line: String {
        let (kind, text) =
            switch self {
            case .runFolder(let path): ("run_folder", path)
            case .failure(let message): ("failure", message)
            }
        return JSONValue.object([WorkerMessage.keys.kind: .string(kind), WorkerMessage.keys.text: .string(text)])
            .text(pretty: false) + "\n"
    }

    /// Nil for what is no message of this version.
    init?(line: some StringProtocol) {
        guard let value = try? JSONValue(parsing: Data(line.utf8), source: "a worker"),
            case .string(let text)? = value[WorkerMessage.keys.text],
            case .string(let kind)? = value[WorkerMessage.keys.kind]
        else { return nil }
        switch kind {
        case "run_folder": self = .runFolder(path: text)
        case "failure": self = .failure(text)
        default: return nil
        }
    }

    /// All messages of what came, in order; a last line without an end is one that was cut off.
    static func all(in bytes: [UInt8]) -> [WorkerMessage] {
        let text = String(decoding: bytes, as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap {
            WorkerMessage(line: $0)
        }
    }
}

/// The worker's end.
public struct WorkerChannel: Sendable {
    /// The descriptor's number in a worker.
    public static let descriptor: Int32 = 3

    /// Nil where this process was not started by a sweep: there the descriptor is no pipe, or not there.
    ///
    /// Programs that this one starts do not inherit it.
    public init?() {
        var facts = stat()
        guard fstat(WorkerChannel.descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFIFO,
            fcntl(WorkerChannel.descriptor, F_SETFD, FD_CLOEXEC) == 0
        else { return nil }
    }

    public func send(_ message: WorkerMessage) {
        OutputStream.write(message.line, to: WorkerChannel.descriptor)
    }
}
