import Foundation
import NightjarTensor

/// Reader for IDX, the format of MNIST and its relatives (format description: yann.lecun.com/exdb/mnist).
///
/// Four bytes `00 00 TYPE RANK`, then RANK big-endian 32-bit extents, then the elements in row-major order. Only
/// unsigned bytes (TYPE 08) are read. Files may be gzipped. No byte sequence makes the reader trap or take memory
/// that the file's own size does not justify.
public enum IDXFile {
    /// Reads a file of unsigned bytes with `rank` dimensions.
    /// - Parameter leastMapped: that many bytes and more stay in a file that is not packed: see ``FileMapping``.
    /// - Throws: ``DataError`` that names the file and what is wrong with it.
    public static func read(_ url: URL, rank: Int, leastMapped: Int = FileMapping.leastBytes) throws -> Tensor {
        let reader = try ByteReader(url)
        let shape = try readHeader(reader, rank: rank)
        let start = 4 + 4 * rank
        if !reader.isGzipped, shape.count >= max(1, leastMapped), reader.fileSize - start == shape.count,
            let mapping = FileMapping(reader.path, byteCount: reader.fileSize)
        {
            let storage = try Storage(mapping, offset: start, byteCount: shape.count)
            return try Tensor(shape: shape, dtype: .uint8, storage: storage)
        }
        guard shape.count <= reader.mostBytes else {
            throw DataError(
                file: reader.path,
                "claims \(shape.count) bytes of data \(shape), more than a file of \(reader.fileSize) bytes can hold",
                remedy: "The file is cut off or its header is damaged: fetch it again")
        }
        let tensor = try Tensor(uninitialized: shape, dtype: .uint8)
        let count = try reader.read(into: UnsafeMutableRawBufferPointer(start: tensor.pointer, count: shape.count))
        guard count == shape.count else {
            throw DataError(
                file: reader.path,
                "is cut off: its header says \(shape), \(shape.count) bytes of data, but \(count) came",
                remedy: "Fetch the file again")
        }
        guard try reader.read(1).isEmpty else {
            throw DataError(
                file: reader.path, "has more data than the \(shape.count) bytes that its header \(shape) says",
                remedy: "Fetch the file again")
        }
        return tensor
    }

    /// Reads grey images as `[count, height, width, 1]`.
    public static func images(_ url: URL, leastMapped: Int = FileMapping.leastBytes) throws -> Tensor {
        let tensor = try read(url, rank: 3, leastMapped: leastMapped)
        guard tensor.count > 0 else {
            throw DataError(file: url.path, "holds no images: its header says \(tensor.shape)")
        }
        return try tensor.reshaped(Shape(tensor.shape.dimensions + [1]))
    }

    /// Reads labels, which are counted from `first`, as classes counted from 0.
    public static func labels(_ url: URL, classes: Int, first: Int = 0) throws -> [Int32] {
        let bytes = try read(url, rank: 1).elements(of: UInt8.self)
        guard !bytes.isEmpty else { throw DataError(file: url.path, "holds no labels") }
        if let position = bytes.firstIndex(where: { Int($0) < first || Int($0) >= first + classes }) {
            throw DataError(
                file: url.path,
                "label \(bytes[position]) at position \(position) (counted from 0) is not a class: "
                    + "labels are \(first) to \(first + classes - 1)")
        }
        return bytes.map { Int32($0) - Int32(clamping: first) }
    }

    private static func readHeader(_ reader: ByteReader, rank: Int) throws -> Shape {
        let magic = try reader.read(4)
        guard magic.count == 4 else {
            throw DataError(
                file: reader.path,
                "is too short for an IDX file: \(magic.count) bytes, the header alone has \(4 + 4 * rank)",
                remedy: "Fetch the file again")
        }
        guard magic[0] == 0, magic[1] == 0, let type = elementTypes[magic[2]] else {
            throw DataError(
                file: reader.path,
                "is not an IDX file: it begins with \(magic.map(hexadecimal).joined(separator: " ")), "
                    + "expected 00 00 08 \(hexadecimal(UInt8(clamping: rank)))")
        }
        guard magic[2] == 0x08 else {
            throw DataError(file: reader.path, "holds \(type) elements, expected unsigned bytes (type 08)")
        }
        guard Int(magic[3]) == rank else {
            throw DataError(
                file: reader.path, "has \(magic[3]) dimensions, expected \(rank)",
                remedy: "Images have 3 (count, height, width), labels 1: were two files swapped?")
        }
        let bytes = try reader.read(4 * rank)
        guard bytes.count == 4 * rank else {
            throw DataError(
                file: reader.path, "is cut off inside its header: \(4 + bytes.count) of \(4 + 4 * rank) bytes",
                remedy: "Fetch the file again")
        }
        let extents = stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        do {
            return try Shape(extents)
        } catch {
            throw DataError(file: reader.path, "has an impossible header: \(error)", remedy: "Fetch the file again")
        }
    }

    private static let elementTypes: [UInt8: String] = [
        0x08: "unsigned byte", 0x09: "signed byte", 0x0B: "16-bit", 0x0C: "32-bit", 0x0D: "float", 0x0E: "double",
    ]
}
