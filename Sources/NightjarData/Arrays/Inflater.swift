import CZlib
import NightjarTensor

/// Unpacks data in zlib's format (RFC 1950) piece by piece, so that what is inside can be looked at before there is
/// memory for all of it.
final class Inflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let packed: UnsafeRawBufferPointer
    private var taken = 0
    private(set) var isAtEnd = false

    /// Deflate never does better than this.
    static let mostRatio = 1032

    /// - Parameter packed: must outlive this object. Nil where zlib has no memory.
    init?(_ packed: UnsafeRawBufferPointer) {
        self.packed = packed
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// The next bytes, fewer than there is room for only at the end; nil where the data are damaged or cut off.
    func read(into target: UnsafeMutableRawBufferPointer) -> Int? {
        guard let start = target.baseAddress else { return 0 }
        var produced = 0
        while produced < target.count, !isAtEnd {
            let input = min(packed.count - taken, 1 << 30)
            let room = min(target.count - produced, 1 << 30)
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: packed.baseAddress?.advanced(by: taken).assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(input)
            stream.pointee.next_out = start.advanced(by: produced).assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(room)
            let status = inflate(stream, Z_NO_FLUSH)
            let (consumed, made) = (input - Int(stream.pointee.avail_in), room - Int(stream.pointee.avail_out))
            taken += consumed
            produced += made
            if status == Z_STREAM_END {
                isAtEnd = true
            } else if status != Z_OK || consumed == 0 && made == 0 {
                return nil
            }
        }
        return produced
    }

    /// The next `count` bytes; nil where there are fewer, or the data are damaged.
    func read(_ count: Int) throws -> [UInt8]? {
        var bytes = try [UInt8](room: count, repeating: 0)
        return bytes.withUnsafeMutableBytes { read(into: $0) } == count ? bytes : nil
    }

    /// Whether nothing follows, and the checksum at the end is right.
    func ends() throws -> Bool {
        if isAtEnd { return true }
        return try read(1) == nil && isAtEnd
    }
}
