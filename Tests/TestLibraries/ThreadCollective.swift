import Foundation
import NightjarEngine
import Synchronization

/// Threads in the place of the processes that train one model together.
public final class ThreadCollective: Collective, Sendable {
    public let rank: Int
    public let count: Int
    /// From each to each.
    private let boxes: [Box]
    private let sent = Mutex(0)
    private let signals = Mutex<[Int32]>([])

    private final class Box: Sendable {
        private let letters = Mutex<[[UInt8]]>([])
        private let arrived = DispatchSemaphore(value: 0)

        func put(_ letter: [UInt8]) {
            letters.withLock { $0.append(letter) }
            arrived.signal()
        }

        /// nil where nothing comes within a minute.
        func take() -> [UInt8]? {
            guard arrived.wait(timeout: .now() + 60) == .success else { return nil }
            return letters.withLock { $0.removeFirst() }
        }
    }

    private init(rank: Int, count: Int, boxes: [Box]) {
        self.rank = rank
        self.count = count
        self.boxes = boxes
    }

    /// Bytes that this one has sent.
    public var sentBytes: Int { sent.withLock { $0 } }

    /// The signals that other ones said had stopped them.
    public var stops: [Int32] { signals.withLock { $0 } }

    public func stopped(by signal: Int32) { signals.withLock { $0.append(signal) } }

    public func exchange(
        _ bytes: UnsafeRawBufferPointer, for received: UnsafeMutableRawBufferPointer, with partner: Int
    ) throws {
        sent.withLock { $0 += bytes.count }
        boxes[rank * count + partner].put(Array(bytes))
        guard let letter = boxes[partner * count + rank].take() else {
            throw EngineError("thread \(partner) sent nothing to thread \(rank)")
        }
        guard letter.count == received.count else {
            throw EngineError("\(letter.count) bytes came from thread \(partner), \(received.count) were expected")
        }
        received.copyBytes(from: letter)
    }

    /// Runs `body` on as many threads, each with its end of the connection.
    /// - Returns: what each gives, by rank.
    public static func run<Value: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (ThreadCollective) throws -> Value
    ) throws -> [Value] {
        let boxes = (0..<count * count).map { _ in Box() }
        let results = Results<Value>()
        let ended = DispatchSemaphore(value: 0)
        for rank in 0..<count {
            let thread = Thread {
                let end = ThreadCollective(rank: rank, count: count, boxes: boxes)
                results.set(rank, Result { try body(end) })
                ended.signal()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
        for _ in 0..<count { ended.wait() }
        return try (0..<count).compactMap { try results.get($0)?.get() }
    }

    private final class Results<Value: Sendable>: Sendable {
        private let values = Mutex<[Int: Result<Value, any Error>]>([:])
        func set(_ rank: Int, _ value: Result<Value, any Error>) { values.withLock { $0[rank] = value } }
        func get(_ rank: Int) -> Result<Value, any Error>? { values.withLock { $0[rank] } }
    }
}
