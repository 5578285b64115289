/// Bytes that come piece by piece, cut into blocks of one size.
public struct ByteBlocks: Sendable {
    /// Bytes of a block.
    private let size: Int
    /// What does not fill a block yet.
    public private(set) var rest: [UInt8] = []
    /// All bytes so far.
    public private(set) var count: UInt64 = 0

    /// - Parameter size: bytes of a block, at least 1.
    public init(of size: Int) { self.size = max(1, size) }

    /// Takes the next bytes, and hands on all that fills blocks: a block that pieces have filled together, then as many as
    /// the bytes have in one piece.
    /// - Parameter take: whole blocks, one behind the other.
    public mutating func add(_ bytes: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Void) {
        count &+= UInt64(bytes.count)
        var place = 0
        if !rest.isEmpty {
            place = min(size - rest.count, bytes.count)
            rest += bytes[..<place]
            guard rest.count == size else { return }
            rest.withUnsafeBytes { take($0) }
            rest.removeAll(keepingCapacity: true)
        }
        let end = place + (bytes.count - place) / size * size
        if end > place { take(UnsafeRawBufferPointer(rebasing: bytes[place..<end])) }
        rest += bytes[end...]
    }
}
