import Foundation
import NightjarTensor

/// Arrays of numbers in the format of MATLAB 5 to 7 (MathWorks, "MAT-File Format", 2019), plain or packed by zlib, in both
/// byte orders.
///
/// Cells, structures, texts, sparse and complex arrays are passed over. MATLAB 7.3 writes HDF5, which is not read. Every
/// size is checked before it is computed with, and before memory is taken: a file claims at most what its packed bytes can
/// hold, and at most `limit`.
public enum MATFile {
    /// One array of numbers.
    public struct Array: Sendable {
        public let name: String
        /// As MATLAB shows them, two at least.
        public let extents: [Int]
        /// How the numbers lie in ``bytes``; the array's own class may be a wider one.
        public let element: ForeignElement
        /// Whether the array is of floating numbers, however they are stored.
        let isFloating: Bool
        /// The first dimension fastest.
        let bytes: [UInt8]

        /// The array in row-major order.
        /// - Parameter what: what messages call it.
        public func tensor(what: String) throws -> Tensor {
            let shape: Shape
            do {
                shape = try Shape(extents)
            } catch {
                throw DataError(file: what, "has a shape that no tensor has: \(error)")
            }
            let stored = try bytes.withUnsafeBytes {
                try element.tensor($0, shape: shape, isFortran: true, what: what)
            }
            guard isFloating, !stored.dtype.isFloating else { return stored }
            return try Tensor.made(shape, dtype: .float64) { stored.value(at: $0) }
        }
    }

    /// The most bytes that a file and an array in it may have, unless a caller says otherwise.
    public static let mostBytes = 1 << 32

    /// - Parameter limit: the most bytes of the file, and of an array.
    /// - Throws: ``DataError`` that names the file and the byte at which it is wrong.
    public static func read(_ url: URL, limit: Int = mostBytes) throws -> [Array] {
        let bytes = try ByteReader(url).readAll(limit: limit, remedy: "A larger limit can be given")
        return try bytes.withUnsafeBytes { try read($0, what: url.path, limit: limit) }
    }

    /// The same of a file that has been read.
    public static func read(_ bytes: UnsafeRawBufferPointer, what: String, limit: Int = mostBytes) throws -> [Array] {
        guard bytes.count >= 128 else {
            throw DataError(
                file: what, "is no MATLAB 5 file: it has \(bytes.count) bytes, the header alone has 128",
                remedy: "Fetch the file again")
        }
        if bytes.starts(with: Swift.Array("MATLAB 7.3".utf8)) {
            throw DataError(
                file: what, "is of MATLAB 7.3, which is HDF5", remedy: "Save it in MATLAB with the option -v7")
        }
        let isBigEndian: Bool
        switch (bytes[126], bytes[127]) {
        case (0x49, 0x4D): isBigEndian = false
        case (0x4D, 0x49): isBigEndian = true
        default:
            throw DataError(
                file: what,
                "is no MATLAB 5 file: bytes 126 and 127 are \(hexadecimal(bytes[126])) \(hexadecimal(bytes[127])), "
                    + "expected 49 4d or 4d 49")
        }
        var cursor = MATCursor(bytes, from: 128, isBigEndian: isBigEndian, what: what)
        var arrays: [Array] = []
        while !cursor.isAtEnd {
            let place = cursor.position
            let (type, body) = try cursor.element(isPadded: false)
            switch type {
            case MATCursor.matrix:
                var inner = MATCursor(bytes, in: body, isBigEndian: isBigEndian, what: what)
                if let array = try inner.array(limit: limit) { arrays.append(array) }
            case MATCursor.compressed:
                let unpacked = try unpack(
                    UnsafeRawBufferPointer(rebasing: bytes[body]), isBigEndian: isBigEndian, limit: limit,
                    what: "\(what), element at byte \(place)")
                try unpacked?.withUnsafeBytes { content in
                    var inner = MATCursor(
                        content, from: 0, isBigEndian: isBigEndian, what: "\(what), unpacked from byte \(place)")
                    if let array = try inner.array(limit: limit) { arrays.append(array) }
                }
            default: break
            }
        }
        return arrays
    }

    /// What is inside of a packed element, without its tag; nil where that is no matrix.
    private static func unpack(
        _ packed: UnsafeRawBufferPointer, isBigEndian: Bool, limit: Int, what: String
    ) throws -> [UInt8]? {
        let damaged = DataError(
            file: what, "is damaged: its packed data are not valid, or cut off", remedy: "Fetch the file again")
        guard let inflater = Inflater(packed) else { throw DataError(file: what, "zlib could not be started") }
        guard let tag = try inflater.read(8) else { throw damaged }
        let (type, size) = tag.withUnsafeBytes {
            let cursor = MATCursor($0, from: 0, isBigEndian: isBigEndian, what: what)
            return (cursor.word(0), cursor.word(4))
        }
        guard type == MATCursor.matrix else { return nil }
        let (most, overflow) = packed.count.multipliedReportingOverflow(by: Inflater.mostRatio)
        guard size <= limit, overflow || size <= most else {
            throw DataError(
                file: what,
                "claims \(size) bytes once unpacked, more than "
                    + (size > limit ? "the limit of \(limit)" : "\(packed.count) packed bytes can hold"),
                remedy: size > limit ? "A larger limit can be given" : "The file is damaged: fetch it again")
        }
        guard let content = try inflater.read(size), try inflater.ends() else { throw damaged }
        return content
    }
}
