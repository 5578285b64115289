// What a worker process tells the sweep that started it.

import Foundation
import NightjarProcess

/// One thing that a worker tells, over a descriptor that scripts cannot reach. Whatever a script prints, it is not this.
public enum WorkerMessage: Sendable, Equatable {
    /// A training has its folder.
    case runFolder(path: String)
    /// The cell failed, with the error's text.
    case failure(String)
    /// Another process writes the run of the cell: of this one there is nothing to record.
    case held
    /// What people should see.
    case note(String)
    /// Where its training stands.
    case progress(WorkerProgress)
    /// The cell is over, with the status that a process of its own would have left; the next order is waited for.
    case ended(status: Int32)

    private static let keys = (kind: "kind", text: "text")

    /// A line of JSON: an object with the kind and what comes with it.
    var line: String {
        let (kind, text) =
            switch self {
            case .runFolder(let path): ("run_folder", path)
            case .failure(let message): ("failure", message)
            case .held: ("held", "")
            case .note(let message): ("note", message)
            case .progress(let progress): ("progress", progress.text)
            case .ended(let status): ("ended", "\(status)")
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
        case "held": self = .held
        case "note": self = .note(text)
        case "progress":
            guard let progress = WorkerProgress(text: text) else { return nil }
            self = .progress(progress)
        case "ended":
            guard let status = Int32(text) else { return nil }
            self = .ended(status: status)
        default: return nil
        }
    }

}

/// Puts what comes over the channel together to messages, as it comes; a last line without an end is one that was cut off.
package struct WorkerMessages: Sendable {
    /// Bounded, for a program that is none of ours.
    private static let mostMessages = 10_000
    private static let longestLine = 4 << 20

    /// In order, without progress and ends.
    package private(set) var all: [WorkerMessage] = []
    private var rest: [UInt8] = []

    package init() {}

    /// What bytes brought besides the messages that are kept.
    package struct News {
        /// The last progress.
        package var progress: WorkerProgress?
        /// The status with which the cell ended.
        package var ended: Int32?
    }

    /// Takes bytes.
    package mutating func append(_ bytes: ArraySlice<UInt8>) -> News {
        rest += bytes
        var news = News()
        var start = 0
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            switch WorkerMessage(line: String(decoding: rest[start..<end], as: UTF8.self)) {
            case .progress(let progress)?: news.progress = progress
            case .ended(let status)?: news.ended = status
            case let message?: if all.count < WorkerMessages.mostMessages { all.append(message) }
            case nil: break
            }
            start = end + 1
        }
        rest.removeFirst(start)
        if rest.count > WorkerMessages.longestLine { rest = [] }
        return news
    }
}

/// Where the training of a worker stands.
public struct WorkerProgress: Sendable, Equatable {
    /// The epoch that was finished last; 0 before the first has ended.
    public var epoch: Int
    public var epochs: Int
    /// The step of the epoch that is going, and how many it has.
    public var step: Int
    public var steps: Int
    /// Loss and main metrics, as they are shown.
    public var values: String

    public init(epoch: Int, epochs: Int, step: Int = 0, steps: Int = 0, values: String = "") {
        self.epoch = epoch
        self.epochs = epochs
        self.step = step
        self.steps = steps
        self.values = values
    }

    /// The part that is done, 0 to 1.
    public var share: Double {
        guard epochs > 0 else { return 0 }
        let inEpoch = steps > 0 ? Double(step) / Double(steps) : 0
        return min(1, (Double(epoch) + min(1, inEpoch)) / Double(epochs))
    }

    /// `epoch 3/12  loss 1.234  J1 88.1`; `epoch 1/12  step 4/45` before the first has ended.
    public var shown: String {
        let place = epoch == 0 ? "epoch 1/\(epochs)" : "epoch \(epoch)/\(epochs)"
        let inside = epoch == 0 && steps > 0 ? "  step \(step)/\(steps)" : ""
        return place + inside + (values.isEmpty ? "" : "  " + values)
    }

    var text: String {
        let numbers: [JSONValue] = [epoch, epochs, step, steps].map { .integer($0) }
        return JSONValue.array(numbers + [.string(values)]).text(pretty: false)
    }

    init?(text: String) {
        guard case .array(let items)? = try? JSONValue(parsing: Data(text.utf8), source: "a worker"), items.count == 5,
            let values = items[4].stringValue
        else { return nil }
        let numbers = items.prefix(4).compactMap(\.intValue).filter { $0 >= 0 }
        guard numbers.count == 4 else { return nil }
        self.init(epoch: numbers[0], epochs: numbers[1], step: numbers[2], steps: numbers[3], values: values)
    }
}

/// The worker's end: reports go out, orders come in.
public struct WorkerChannel: Sendable {
    /// The descriptor's number in a worker.
    public static let descriptor: Int32 = 3

    /// Nil where this process was not started by a sweep: there the descriptor is no stream or pipe, or not there.
    ///
    /// Programs that this one starts do not inherit it.
    public init?() {
        var facts = stat()
        guard fstat(WorkerChannel.descriptor, &facts) == 0, [S_IFSOCK, S_IFIFO].contains(facts.st_mode & S_IFMT),
            fcntl(WorkerChannel.descriptor, F_SETFD, FD_CLOEXEC) == 0
        else { return nil }
    }

    public func send(_ message: WorkerMessage) {
        OutputStream.write(message.line, to: WorkerChannel.descriptor)
    }

    /// Waits for the next order; nil when there is none any more: the sweep is over, or gone.
    public func order() -> String? {
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while line.count <= WorkerChannel.longestOrder {
            let count = read(WorkerChannel.descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR, !StopSignal.isRaised { continue }
            guard count > 0 else { return nil }
            line += buffer[..<count]
            // The next one comes when this one has been answered.
            if line.last == UInt8(ascii: "\n") { return String(decoding: line.dropLast(), as: UTF8.self) }
        }
        return nil
    }

    /// Bounded, for what no sweep of ours has written.
    private static let longestOrder = 64 << 20
}
