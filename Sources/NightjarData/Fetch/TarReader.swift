import Foundation

/// The files of a tar archive (POSIX ustar), plain or gzipped, from front to back. Only their contents are used: neither
/// paths nor owners nor links of an archive act on anything.
final class TarReader {
    struct Entry {
        let name: String
        let size: Int
    }

    private let reader: ByteReader
    /// Bytes of the current file that were not read, and what fills its last block.
    private var left = 0
    private var padding = 0
    private var position = 0

    init(_ url: URL) throws { reader = try ByteReader(url) }

    /// The next file; nil at the end.
    func next() throws -> Entry? {
        try contents { _ in }
        while true {
            let block = try reader.read(512)
            if block.isEmpty || block.allSatisfy({ $0 == 0 }) { return nil }
            guard block.count == 512 else { throw fault("ends inside of a header") }
            let place = position
            position += 512
            var sum = 0
            for (index, byte) in block.enumerated() { sum += (148..<156).contains(index) ? 32 : Int(byte) }
            guard octal(block[148..<156]) == sum else {
                throw fault("has a header at byte \(place) whose checksum is wrong")
            }
            guard let size = octal(block[124..<136]) else {
                throw fault("has a header at byte \(place) without a size")
            }
            left = size
            padding = (512 - size % 512) % 512
            // Files alone; what is said of others in between is passed over.
            if block[156] == 0 || block[156] == UInt8(ascii: "0") {
                return Entry(name: path(block), size: size)
            }
            try contents { _ in }
        }
    }

    /// The bytes of the current file that were not read yet, piece by piece.
    func contents(_ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        while left > 0 {
            let piece = try reader.read(min(left, 1 << 18))
            guard !piece.isEmpty else { throw fault("is cut off: \(left) bytes of a file are missing") }
            left -= piece.count
            position += piece.count
            try piece.withUnsafeBytes(take)
        }
        position += try reader.read(padding).count
        padding = 0
    }

    private func path(_ block: [UInt8]) -> String {
        func text(_ range: Range<Int>) -> String {
            String(decoding: block[range].prefix { $0 != 0 }, as: UTF8.self)
        }
        let prefix = block[257..<262].elementsEqual("ustar".utf8) ? text(345..<500) : ""
        return prefix.isEmpty ? text(0..<100) : "\(prefix)/\(text(0..<100))"
    }

    /// A number in octal digits, at most 12 of them.
    private func octal(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.drop { $0 == 32 }.prefix { $0 != 0 && $0 != 32 }
        guard digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }

    private func fault(_ problem: String) -> DataError {
        DataError(file: reader.path, problem, remedy: "Move it away to have it fetched")
    }
}
