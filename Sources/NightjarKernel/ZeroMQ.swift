import CZeroMQ
import NightjarRuns
import NightjarTensor
import Synchronization

/// The messaging library, opened.
final class ZeroMQ: @unchecked Sendable {
    private let context: UnsafeMutableRawPointer

    /// - Throws: `RunError` where the library is not installed.
    init() throws {
        guard njz_open() else {
            throw RunError(
                "the Jupyter kernel needs ZeroMQ, and libzmq.so.5 is not installed: on Debian, apt-get install libzmq5")
        }
        guard let made = njz_context() else { throw RunError("ZeroMQ did not start: \(ZeroMQ.problem)") }
        context = made
    }

    fileprivate static var problem: String { njz_problem().map { String(cString: $0) } ?? "no reason was given" }

    /// A socket of one kind, bound to an address. For one thread at a time.
    func socket(_ kind: njz_kind, _ endpoint: String) throws -> MessageSocket {
        guard let made = njz_bind(context, kind, endpoint) else {
            throw RunError("the kernel cannot listen at \(endpoint): \(ZeroMQ.problem)")
        }
        return MessageSocket(made)
    }
}

/// A socket for messages of several parts.
final class MessageSocket: @unchecked Sendable {
    fileprivate let pointer: UnsafeMutableRawPointer

    fileprivate init(_ pointer: UnsafeMutableRawPointer) { self.pointer = pointer }

    /// Gives back the socket; what was sent is still delivered.
    func close() { njz_close(pointer) }

    func send(_ parts: [[UInt8]]) {
        for (number, part) in parts.enumerated() {
            let isSent = part.withUnsafeBytes { njz_send(pointer, $0.baseAddress, $0.count, number + 1 < parts.count) }
            // Nobody is left who reads it.
            guard isSent else { return }
        }
    }

    /// A message that is there; nil where none is. Of one that has too many parts, or for which there is no room, the rest is
    /// taken away and left out, so that it is no message any more.
    func receive() -> [[UInt8]]? {
        var parts = Parts()
        while true {
            let more = withUnsafeMutablePointer(to: &parts) { parts in
                njz_receive(pointer, parts) { context, bytes, count in
                    context?.assumingMemoryBound(to: Parts.self).pointee.take(
                        UnsafeRawBufferPointer(start: bytes, count: count))
                }
            }
            if more < 0 { return parts.list.isEmpty ? nil : parts.list }
            if more == 0 { return parts.list }
        }
    }

    /// What has come of a message. A sender whom nobody has asked for a signature decides how much that is.
    private struct Parts {
        private(set) var list: [[UInt8]] = []
        private var isWhole = true

        /// The protocol has seven, and a few identities on the way.
        private static let most = 32

        mutating func take(_ bytes: UnsafeRawBufferPointer) {
            isWhole = isWhole && list.count < Parts.most && (try? Room.check(bytes.count, of: 4)) != nil
            if isWhole { list.append(Array(bytes)) }
        }
    }

    /// Which of the sockets have a message; none where a signal came or the time is over.
    static func wait(_ sockets: [MessageSocket], milliseconds: Int) -> [MessageSocket] {
        let pointers: [UnsafeMutableRawPointer?] = sockets.map(\.pointer)
        let ready = pointers.withUnsafeBufferPointer {
            njz_wait($0.baseAddress, Int32(clamping: $0.count), Int64(milliseconds))
        }
        return sockets.enumerated().filter { ready & (1 << UInt32($0.offset)) != 0 }.map(\.element)
    }
}
