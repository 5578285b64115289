import Foundation
import NightjarTensor

/// One array in NumPy's format: a magic word, a version, a header in Python's syntax, the elements.
///
/// Versions 1.0 to 3.0, both byte orders and both orders of dimensions are read; 1.0, little-endian and row-major is
/// written. Source: numpy/lib/format.py.
public enum NPYFile {
    private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
    /// A header longer than this is no header.
    private static let longestHeader = 1 << 16

    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - what: what messages call it.
    /// - Throws: ``DataError`` that says what is wrong with which file.
    public static func read(_ bytes: UnsafeRawBufferPointer, what: String) throws -> Tensor {
        let (header, shape, start) = try opening(bytes, what: what)
        let data = UnsafeRawBufferPointer(rebasing: bytes[start...])
        let size = shape.count * header.element.width
        guard data.count == size else {
            throw DataError(
                file: what,
                "should hold \(size) bytes of elements for \(shape) of \(header.element.name), it holds \(data.count)",
                remedy: "The file is cut short or damaged")
        }
        return try header.element.tensor(data, shape: shape, isFortran: header.isFortran, what: what)
    }

    /// The array of a large file whose elements lie as tensors have them, left in the file: see ``FileMapping``.
    /// - Returns: nil where the file has to be read.
    public static func mapped(_ url: URL, what: String, leastMapped: Int = FileMapping.leastBytes) throws -> Tensor? {
        var fileSize = 0
        let head = try? WholeFile.bytes(url.path) { _, size in
            fileSize = size
            return false
        }
        guard let head, fileSize > leastMapped, head.starts(with: magic) else { return nil }
        let opened = try? head.withUnsafeBytes { try opening($0, what: what) }
        // A header that does not fit into the first bytes, or is wrong: reading says which.
        guard let (header, shape, start) = opened, start % Storage.alignment == 0, shape.count > 0 else { return nil }
        let dtype = header.element.dtype
        let isPlain = header.element == ForeignElement(dtype) && header.element.kind != .bool
        guard isPlain, !header.isFortran || shape.rank < 2, shape.count * dtype.byteWidth == fileSize - start,
            let mapping = FileMapping(url.path, byteCount: fileSize)
        else { return nil }
        return try Tensor(
            shape: shape, dtype: dtype, storage: Storage(mapping, offset: start, byteCount: fileSize - start))
    }

    /// What comes before the elements, and where these begin.
    private static func opening(_ bytes: UnsafeRawBufferPointer, what: String) throws -> (NPYHeader, Shape, Int) {
        guard bytes.count >= 10, bytes.prefix(6).elementsEqual(magic) else {
            throw DataError(file: what, "is no .npy file: it does not begin with the word that these files begin with")
        }
        let version = bytes[6]
        guard (1...3).contains(version) else {
            throw DataError(file: what, "is a .npy file of version \(version), known are 1, 2 and 3")
        }
        let start = version == 1 ? 10 : 12
        var length = 0
        for place in (8..<min(start, bytes.count)).reversed() { length = length << 8 | Int(bytes[place]) }
        guard length <= longestHeader, bytes.count >= start, length <= bytes.count - start else {
            throw DataError(
                file: what, "claims a header of \(length) bytes, but \(max(0, bytes.count - start)) follow",
                remedy: "The file is cut short or damaged")
        }
        guard let text = String(validating: bytes[start..<start + length], as: UTF8.self) else {
            throw DataError(file: what, "has a header that is no text", remedy: "The file is cut short or damaged")
        }
        let header = try NPYHeader(text, what: what)
        let shape: Shape
        do {
            shape = try Shape(header.shape)
        } catch {
            throw DataError(file: what, "has a shape that no tensor has: \(error)")
        }
        return (header, shape, start + length)
    }

    /// What comes before the elements of a tensor: a multiple of 64 bytes.
    public static func header(of tensor: Tensor) -> [UInt8] {
        let codes: [DType: String] = [.float32: "<f4", .float64: "<f8", .int32: "<i4", .uint8: "|u1", .bool: "|b1"]
        var shape = tensor.shape.dimensions.map(String.init).joined(separator: ", ")
        if tensor.shape.rank == 1 { shape += "," }
        var text = "{'descr': '\(codes[tensor.dtype] ?? "")', 'fortran_order': False, 'shape': (\(shape)), }"
        // The header ends with a newline.
        let open = (magic.count + 4 + text.utf8.count + 1) % 64
        text += String(repeating: " ", count: open == 0 ? 0 : 64 - open) + "\n"
        let length = text.utf8.count
        return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
    }
}
