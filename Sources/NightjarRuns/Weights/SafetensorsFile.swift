// Named arrays in the safetensors format: eight bytes of header length, a JSON header, then the raw bytes.

import Foundation

/// A safetensors file that has been read and checked.
///
/// It knows bytes, element types and shapes, and no tensor type, so any room can use it. Bytes are little-endian and
/// row-major, as the format has them.
public struct SafetensorsFile: Sendable {
    /// One array to be written. Its memory must stay valid and unchanged while it is being written.
    public struct Entry {
        public let name: String
        public let dtype: SafetensorsDType
        public let shape: [Int]
        public let bytes: UnsafeRawBufferPointer

        public init(name: String, dtype: SafetensorsDType, shape: [Int], bytes: UnsafeRawBufferPointer) {
            self.name = name
            self.dtype = dtype
            self.shape = shape
            self.bytes = bytes
        }
    }

    /// One array of a file that has been read.
    public struct Array: Sendable, Equatable {
        public let name: String
        public let dtype: SafetensorsDType
        public let shape: [Int]
        /// Where its bytes lie, counted from the start of the file.
        public let range: Range<Int>
    }

    /// The file's path, for messages.
    public let path: String
    /// The arrays in the order of their bytes.
    public let arrays: [Array]
    /// Arrays of element types that are not known here, with what is wrong; they hide none of the others.
    public let unreadable: [(name: String, reason: String)]
    /// The texts of the header's `__metadata__`.
    public let metadata: [String: String]
    private let contents: Data
    private let positions: [String: Int]

    /// Headers above this size are refused, as the reference reader does.
    static let largestHeader = 100_000_000

    /// Reads a file and checks all of it: header length, JSON, element types,
    /// sizes, and that the arrays cover the rest of the file with no gap and no overlap. The first bytes decide whether
    /// the rest is looked at.
    /// - Throws: `RunError` that names the file and, where there is one, the array at fault.
    public init(contentsOf url: URL) throws {
        var size: Int?
        contents = try FileReason.read(url) { head, bytes in
            size = bytes
            return SafetensorsHeader.begins(head, fileSize: bytes)
        }
        path = url.path
        let header = try SafetensorsHeader.read(contents, fileSize: size ?? contents.count, path: url.path)
        (arrays, metadata, unreadable) = (header.arrays, header.metadata, header.unreadable)
        positions = Dictionary(uniqueKeysWithValues: header.arrays.enumerated().map { ($1.name, $0) })
    }

    /// The array of that name, or nil.
    public func array(named name: String) -> Array? {
        positions[name].map { arrays[$0] }
    }

    /// Hands out an array's bytes; the pointer is valid during the call only and may be unaligned in foreign files.
    /// - Throws: `RunError` where there is no such array, or what `body` throws.
    public func withBytes<Result>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        guard let array = array(named: name) else {
            let known = arrays.prefix(20).map(\.name).joined(separator: ", ") + (arrays.count > 20 ? ", ..." : "")
            throw RunError("\(path): there is no array \"\(name)\"; the file has \(known.isEmpty ? "none" : known)")
        }
        return try contents.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[array.range])) }
    }

    /// Writes arrays straight from their memory, largest element type first and by name within a type, so that every
    /// array is aligned and the same arrays give the same bytes. The file appears whole or not at all.
    /// - Parameter summed: whether the metadata gets a `checksum` of the whole file, see ``checkSum()``; such a file is on
    ///   the disk when this returns.
    /// - Throws: `RunError` for a name used twice, a reserved name, or a shape that disagrees with its bytes.
    public static func write(
        _ entries: [Entry], metadata: [String: String] = [:], summed: Bool = false, to url: URL
    ) throws {
        let ordered = entries.sorted {
            ($1.dtype.byteCount, $0.name) < ($0.dtype.byteCount, $1.name)
        }
        var metadata = metadata
        if summed { metadata[checksumName] = noChecksum }
        var header = try SafetensorsHeader.text(ordered, metadata: metadata, path: url.path)
        if summed, let place = checksumPlace(in: header) {
            var sum = Checksum()
            withUnsafeBytes(of: UInt64(header.count).littleEndian) { sum.add($0) }
            sum.add(header)
            for entry in ordered { sum.add(entry.bytes) }
            header.replaceSubrange(place, with: Data(sum.text.utf8))
        }
        try AtomicFile.write(to: url, flushed: summed) { handle in
            try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try handle.write(contentsOf: Data($0)) }
            try handle.write(contentsOf: header)
            for entry in ordered {
                guard let base = entry.bytes.baseAddress, entry.bytes.count > 0 else { continue }
                // The handle only reads; the memory is the caller's and outlives the call.
                let borrowed = Data(
                    bytesNoCopy: UnsafeMutableRawPointer(mutating: base), count: entry.bytes.count,
                    deallocator: .none)
                try handle.write(contentsOf: borrowed)
            }
        }
    }
}

extension SafetensorsFile {
    private static let checksumName = "checksum"
    /// What stands in the place of the sum while it is worked out.
    private static let noChecksum = String(repeating: "0", count: 16)

    /// Where the sum stands in a header or a file: behind the first key of that name, which metadata come first to have.
    private static func checksumPlace(in bytes: Data) -> Range<Data.Index>? {
        guard let key = bytes.range(of: Data("\"\(checksumName)\"".utf8)),
            let quote = bytes[key.upperBound...].firstIndex(of: UInt8(ascii: "\"")),
            bytes.endIndex - quote > noChecksum.utf8.count
        else { return nil }
        return bytes.index(after: quote)..<quote + 1 + noChecksum.utf8.count
    }

    /// Looks whether every byte of the file is the one that was written.
    ///
    /// The sum is that of the whole file with sixteen zeros in its own place.
    /// - Returns: false where the file has no sum.
    /// - Throws: `RunError` for a file that was changed since.
    @discardableResult
    public func checkSum() throws -> Bool {
        guard let known = metadata[SafetensorsFile.checksumName] else { return false }
        guard let place = SafetensorsFile.checksumPlace(in: contents), contents[place].elementsEqual(known.utf8) else {
            throw RunError("\(path): its checksum is not where it belongs: the file was changed or is damaged")
        }
        var sum = Checksum()
        sum.add(contents[..<place.lowerBound])
        sum.add(SafetensorsFile.noChecksum)
        sum.add(contents[place.upperBound...])
        guard sum.text == known else {
            throw RunError("\(path): its bytes do not have the checksum \(known): the file was changed or is damaged")
        }
        return true
    }
}
