import CZlib
import Foundation
import NightjarTensor

/// The bytes of a file from front to back, unpacked where the file is gzipped.
///
/// Gzip is told by its first two bytes, not by the name. Checksums are verified; a file may hold several gzip members
/// after one another, as parallel compressors write them. Memory: two fixed buffers, whatever the file claims.
package final class ByteReader {
    package let path: String
    package let isGzipped: Bool
    /// Bytes of the file as stored.
    package let fileSize: Int

    private let handle: UnsafeMutablePointer<FILE>
    private let buffer: UnsafeMutablePointer<UInt8>
    private let inflater: UnsafeMutablePointer<z_stream>
    private var position = 0
    private var filled = 0
    private var unpacked = 0
    private var ended = false

    private static let bufferSize = 1 << 16

    /// Opens a file.
    /// - Throws: ``DataError`` when it is not there, is no regular file, cannot be read, or is named `.gz` and is not.
    package init(_ url: URL) throws {
        path = url.path
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG || access(path, R_OK) == 0 else {
            throw DataError(file: path, "cannot be read: \(String(cString: strerror(errno)))")
        }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            let kind = facts.st_mode & S_IFMT == S_IFDIR ? "is a folder, not a file" : "is not a regular file"
            throw DataError(file: path, kind, remedy: "Name the data file itself")
        }
        let descriptor = RegularFile.open(path, O_RDONLY)
        guard descriptor >= 0, let handle = fdopen(descriptor, "rb") else {
            throw DataError(file: path, "cannot be read: \(RegularFile.reason(errno))")
        }
        self.handle = handle
        fileSize = Int(facts.st_size)
        buffer = .allocate(capacity: ByteReader.bufferSize)
        inflater = .allocate(capacity: 1)
        inflater.initialize(to: z_stream())
        filled = fread(buffer, 1, ByteReader.bufferSize, handle)
        isGzipped = filled >= 2 && buffer[0] == 0x1F && buffer[1] == 0x8B
        if isGzipped {
            // 15 + 16: the largest window, gzip framing.
            let status = inflateInit2_(inflater, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
            guard status == Z_OK else { throw DataError(file: path, "zlib could not be started (status \(status))") }
        } else if path.hasSuffix(".gz") {
            let start = (0..<min(filled, 4)).map { hexadecimal(buffer[$0]) }.joined(separator: " ")
            throw DataError(
                file: path,
                "is named .gz but is not gzipped: it begins with \(start.isEmpty ? "nothing" : start), not with 1f 8b",
                remedy: "Fetch it again, or take .gz off its name if it was unpacked")
        }
    }

    deinit {
        if isGzipped { inflateEnd(inflater) }
        inflater.deallocate()
        buffer.deallocate()
        fclose(handle)
    }

    /// The most bytes the file can hold once unpacked, whatever its header claims: deflate never does better
    /// than 1032 to 1.
    package var mostBytes: Int {
        guard isGzipped else { return fileSize }
        let (product, overflow) = fileSize.multipliedReportingOverflow(by: 1032)
        return overflow ? .max : product
    }

    /// Fills `target` and returns the number of bytes written; fewer than its size only at the end of the file.
    /// - Throws: ``DataError`` when the gzip data are cut off or damaged.
    package func read(into target: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let start = target.baseAddress else { return 0 }
        var produced = 0
        while produced < target.count, !ended {
            if position == filled { try refill() }
            let count =
                isGzipped
                ? try unpack(to: start + produced, at: target.count - produced)
                : copy(to: start + produced, at: target.count - produced)
            produced += count
            unpacked += count
        }
        return produced
    }

    /// The next `count` bytes, or fewer at the end of the file.
    package func read(_ count: Int) throws -> [UInt8] {
        var bytes = try [UInt8](room: count, repeating: 0)
        let produced = try bytes.withUnsafeMutableBytes { try read(into: $0) }
        bytes.removeLast(count - produced)
        return bytes
    }

    /// Everything that is left.
    /// - Throws: ``DataError`` also when it is more than `limit` bytes.
    /// - Parameter remedy: what to do about more.
    package func readAll(limit: Int, remedy: String = "That is more than can be right") throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try read(1 << 20)
            if piece.isEmpty { return bytes }
            guard bytes.count + piece.count <= limit else {
                throw DataError(file: path, "holds more than \(limit) bytes", remedy: remedy)
            }
            try bytes.makeRoom(piece.count)
            bytes += piece
        }
    }

    private func refill() throws {
        position = 0
        filled = fread(buffer, 1, ByteReader.bufferSize, handle)
        guard filled == 0 else { return }
        if ferror(handle) != 0 {
            throw DataError(file: path, "cannot be read: \(String(cString: strerror(errno)))")
        }
        if isGzipped {
            throw DataError(
                file: path, "is cut off: the gzip data stop before their end, after \(unpacked) bytes unpacked",
                remedy: "Fetch the file again")
        }
        ended = true
    }

    private func copy(to target: UnsafeMutableRawPointer, at most: Int) -> Int {
        let count = min(most, filled - position)
        target.copyMemory(from: buffer + position, byteCount: count)
        position += count
        return count
    }

    private func unpack(to target: UnsafeMutableRawPointer, at most: Int) throws -> Int {
        let room = min(most, 1 << 30)
        inflater.pointee.next_in = buffer + position
        inflater.pointee.avail_in = UInt32(filled - position)
        inflater.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
        inflater.pointee.avail_out = UInt32(room)
        let status = inflate(inflater, Z_NO_FLUSH)
        position = filled - Int(inflater.pointee.avail_in)
        switch status {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: try endMember()
        default:
            let reason = inflater.pointee.msg.map { String(cString: $0) } ?? "status \(status)"
            throw DataError(
                file: path, "is damaged: the gzip data are not valid (\(reason))", remedy: "Fetch the file again")
        }
        return room - Int(inflater.pointee.avail_out)
    }

    /// After the end of a gzip member comes another member or the end of the file.
    private func endMember() throws {
        if position == filled {
            position = 0
            filled = fread(buffer, 1, ByteReader.bufferSize, handle)
        }
        guard position < filled else {
            ended = true
            return
        }
        guard buffer[position] == 0x1F, inflateReset(inflater) == Z_OK else {
            throw DataError(
                file: path, "has bytes after the end of the gzip data, beginning with \(hexadecimal(buffer[position]))",
                remedy: "Fetch the file again")
        }
    }
}

/// Two lower-case digits.
func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
}
