import CZlib
import Foundation
import Testing

/// A folder for the files of one test, gone afterwards.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-data-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes a file, making the folders on its way, and returns where it is.
    @discardableResult func write(_ bytes: [UInt8], to name: String) throws -> URL {
        let file = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
        return file
    }

    @discardableResult func write(_ text: String, to name: String) throws -> URL {
        try write(Array(text.utf8), to: name)
    }
}

/// `bytes` as one gzip member.
func gzipped(_ bytes: [UInt8], level: Int32 = 9) throws -> [UInt8] {
    var stream = z_stream()
    let started = deflateInit2_(
        &stream, level, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
    try #require(started == Z_OK)
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
    let status = input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            return deflate(&stream, Z_FINISH)
        }
    }
    try #require(status == Z_STREAM_END)
    return Array(output.prefix(output.count - Int(stream.avail_out)))
}

/// An IDX file of unsigned bytes, or with another type code.
func idx(_ extents: [UInt32], _ elements: [UInt8], type: UInt8 = 8) -> [UInt8] {
    [0, 0, type, UInt8(extents.count)]
        + extents.flatMap { [UInt8($0 >> 24), UInt8($0 >> 16 & 255), UInt8($0 >> 8 & 255), UInt8($0 & 255)] } + elements
}
