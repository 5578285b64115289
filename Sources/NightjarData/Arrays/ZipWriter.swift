/// Writes a zip archive from front to back. The same files give the same bytes: no times, no owners.
public struct ZipWriter {
    private let what: String
    private let write: ([UInt8]) throws -> Void
    private var directory: [UInt8] = []
    private var count = 0
    private var offset = 0

    /// - Parameters:
    ///   - what: what messages call the archive.
    ///   - write: takes the bytes in order.
    public init(what: String, write: @escaping ([UInt8]) throws -> Void) {
        self.what = what
        self.write = write
    }

    /// Adds a file.
    /// - Throws: ``DataError`` past 4 GiB or 65,534 files, and what writing throws.
    public mutating func add(_ name: String, _ contents: [UInt8], compress: Bool) throws {
        var packed: [UInt8]?
        if compress {
            packed = contents.withUnsafeBytes(Deflate.pack)
            if let smaller = packed, smaller.count >= contents.count { packed = nil }
        }
        let body = packed ?? contents
        let bytes = Array(name.utf8)
        let limit = 0xFFFF_FFFF
        guard count < 0xFFFE, bytes.count < 0xFFFF, contents.count < limit,
            offset + body.count + bytes.count + 30 < limit
        else {
            throw DataError(
                file: what, "would be larger than a zip archive can be (4 GiB, 65,534 files)",
                remedy: "Save it as .safetensors")
        }
        // Version 2.0, names in UTF-8, the first of January 1980.
        var facts =
            number(20, 2) + number(0x0800, 2) + number(packed == nil ? 0 : 8, 2) + number(0, 2) + number(0x21, 2)
        facts += number(Int(contents.withUnsafeBytes(Deflate.checksum)), 4) + number(body.count, 4)
        facts += number(contents.count, 4) + number(bytes.count, 2) + number(0, 2)
        directory += number(0x0201_4B50, 4) + number(20, 2) + facts + number(0, 2) + number(0, 2) + number(0, 2)
        directory += number(0, 4) + number(offset, 4) + bytes
        let front = number(0x0403_4B50, 4) + facts + bytes
        try write(front)
        try write(body)
        offset += front.count + body.count
        count += 1
    }

    /// Writes the list of files; nothing can be added after.
    public func finish() throws {
        guard offset + directory.count < 0xFFFF_FFFF else {
            throw DataError(file: what, "would be larger than a zip archive can be (4 GiB)")
        }
        let end = number(0x0605_4B50, 4) + number(0, 4) + number(count, 2) + number(count, 2)
        try write(directory + end + number(directory.count, 4) + number(offset, 4) + number(0, 2))
    }

    private func number(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
