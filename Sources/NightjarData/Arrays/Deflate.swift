import CZlib

/// Bare deflate data, as zip archives hold them, through zlib.
enum Deflate {
    /// Unpacks to exactly `size` bytes; nil where the data are not valid or give another number.
    static func unpack(_ packed: UnsafeRawBufferPointer, size: Int) -> [UInt8]? {
        guard let room = UInt32(exactly: size), let length = UInt32(exactly: packed.count) else { return nil }
        var stream = z_stream()
        // A negative window: no header, no trailer.
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        // One byte more, so that data that go on past the end are seen.
        var isWhole = false
        let unpacked = [UInt8](unsafeUninitializedCapacity: size + 1) { target, count in
            stream.next_in = UnsafeMutablePointer(mutating: packed.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = length
            stream.next_out = target.baseAddress
            stream.avail_out = room + (room < .max ? 1 : 0)
            isWhole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0
            count = Int(stream.total_out)
        }
        return isWhole && unpacked.count == size ? unpacked : nil
    }

    /// Packs; nil where there is no memory, or more than 4 GiB.
    static func pack(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let length = UInt32(exactly: bytes.count) else { return nil }
        var stream = z_stream()
        let status = deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(length)))
        guard let room = UInt32(exactly: bound) else { return nil }
        var isWhole = false
        let packed = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = length
            stream.next_out = target.baseAddress
            stream.avail_out = room
            isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
            count = Int(stream.total_out)
        }
        return isWhole ? packed : nil
    }

    /// CRC-32.
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32_z(0, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
    }
}
