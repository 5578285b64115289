import Foundation
import NightjarData
import NightjarRuns
import NightjarTensor

/// The kinds of files that hold tensors, told by how their names end.
package enum TensorFileFormat: String, CaseIterable {
    case npy, npz, safetensors
    /// Bytes without a header, as label files have them: one number each.
    case u8
    /// Images; those of Netpbm are only read.
    case png, pgm, ppm
    /// What torch.save wrote: only read.
    case pt, pth

    init(_ path: String) throws {
        let ending = (path as NSString).pathExtension.lowercased()
        guard let format = TensorFileFormat(rawValue: ending) else {
            throw ArgumentError(
                "files of tensors end in .npy, .npz or .safetensors, PyTorch's in .pt or .pth, plain bytes in .u8, images in "
                    + ".png, .pgm or .ppm, got " + ScriptText.quoted(path))
        }
        self = format
    }
}

/// Tensors on their way between scripts and files.
package struct TensorFile {
    /// What an .npy file holds.
    package var single: Tensor?
    /// What the others hold, in the order of the file.
    var named: [(name: String, tensor: Tensor)] = []
    /// Arrays that cannot be read, and why.
    var unreadable: [(name: String, reason: String)] = []
    /// Texts in the header of a safetensors file.
    var metadata: [String: String] = [:]

    package init() {}

    /// - Throws: ``DataError`` or `RunError` that names the file and what is wrong with it.
    init(contentsOf url: URL, _ format: TensorFileFormat) throws {
        let what = ScriptFiles.display(url.path)
        switch format {
        case .npy:
            single = try TensorFile.read(url, "\u{93}NUMPY").withUnsafeBytes { try NPYFile.read($0, what: what) }
        case .u8:
            single = try FileReason.read(url).withUnsafeBytes { bytes in
                let tensor = try Tensor(uninitialized: Shape([bytes.count]), dtype: .uint8)
                UnsafeMutableRawBufferPointer(start: tensor.pointer, count: bytes.count).copyMemory(from: bytes)
                return tensor
            }
        case .png, .pgm, .ppm:
            // What an image is its bytes say, whatever its name: PNG, JPEG, Netpbm.
            single = try FileReason.read(url) { head, _ in [0x89, 0xFF, 0x50].contains(head.first ?? 0) }
                .withUnsafeBytes { try ImageFile.read($0, what: what) }
        case .npz:
            let contents = try TensorFile.read(url, "PK").withUnsafeBytes { try NPZFile.read($0, what: what) }
            (named, unreadable) = (contents.arrays, contents.unreadable)
        case .pt, .pth:
            let contents = try FileReason.read(url) { head, _ in [0x50, 0x80].contains(head.first ?? 0) }
                .withUnsafeBytes { try TorchFile.read($0, what: what) }
            (single, named, unreadable) = (contents.single, contents.arrays, contents.unreadable)
        case .safetensors:
            let file = try SafetensorsFile(contentsOf: url)
            metadata = file.metadata
            unreadable = file.unreadable
            var first = file.unreadable.first.map { DataError($0.reason) }
            for array in file.arrays {
                do {
                    named.append((array.name, try TensorFile.tensor(array, of: file, what: what)))
                } catch let error as DataError {
                    first = first ?? error
                    unreadable.append((array.name, "\(error)"))
                }
            }
            if named.isEmpty, let first { throw first }
        }
    }

    /// The bytes of a file, or its first ones where they are not those of its format, each a character up to U+00FF.
    private static func read(_ url: URL, _ magic: String) throws -> Data {
        let first = magic.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        return try FileReason.read(url) { head, _ in head.starts(with: first) }
    }

    package static func tensor(_ array: SafetensorsFile.Array, of file: SafetensorsFile, what: String) throws -> Tensor
    {
        let place = "\(what): array \"\(array.name)\""
        let shape: Shape
        do {
            shape = try Shape(array.shape)
        } catch {
            throw DataError(file: place, "has a shape that no tensor has: \(error)")
        }
        return try file.withBytes(of: array.name) { try array.dtype.element.tensor($0, shape: shape, what: place) }
    }

    /// A tensor of bytes as a PNG file.
    private static func image(of tensor: Tensor) throws -> [UInt8] {
        let extents = tensor.shape.dimensions
        let channels = extents.count == 3 ? extents[2] : 1
        guard tensor.dtype == .uint8, extents.count == 2 || extents.count == 3,
            let image = PNGImage(
                width: extents[1], height: extents[0], channels: channels, pixels: try tensor.elements(of: UInt8.self))
        else {
            throw ArgumentError(
                "a .png file holds an image of type uint8 and shape (height, width), (height, width, 1) or "
                    + "(height, width, 3), of 1 to 65535 pixels a side, got \(tensor.shape) \(tensor.dtype)")
        }
        guard let bytes = image.encoded else { throw ArgumentError("not enough memory for an image") }
        return bytes
    }

    /// Writes the file, whole or not at all.
    package func write(to url: URL, _ format: TensorFileFormat, compress: Bool) throws {
        let name = url.lastPathComponent
        guard metadata.isEmpty || format == .safetensors else {
            throw ArgumentError("only .safetensors files keep metadata, not \(name)")
        }
        guard !compress || format == .npz else { throw ArgumentError("only .npz files are compressed, not \(name)") }
        guard format != .pgm, format != .ppm else {
            throw ArgumentError("images are written as .png, not as .\(format.rawValue): \(name)")
        }
        guard format != .pt, format != .pth else {
            throw ArgumentError(
                "files of PyTorch are read, not written: \(name); its own readers take .safetensors and .npz")
        }
        guard (single != nil) == (format == .npy || format == .png || format == .u8) else {
            throw ArgumentError(
                single == nil
                    ? "an .\(format.rawValue) file holds one tensor: give it alone, or end the name in .npz or .safetensors"
                    : "an .\(format.rawValue) file holds tensors by name: give a table such as { weight = w }, or end the name "
                        + "in .npy")
        }
        switch format {
        case .npy:
            guard let single else { return }
            try AtomicFile.write(to: url) { handle in
                try handle.write(contentsOf: Data(NPYFile.header(of: single)))
                try handle.write(contentsOf: Data(single.bytes))
            }
        case .u8:
            guard let single else { return }
            guard single.dtype == .uint8 else {
                throw ArgumentError("a .u8 file holds bytes: it needs a tensor of type uint8, got \(single.dtype)")
            }
            try AtomicFile.write(to: url) { handle in try handle.write(contentsOf: Data(single.bytes)) }
        case .pt, .pth: break
        case .png, .pgm, .ppm:
            guard let single else { return }
            try AtomicFile.write(to: url) { handle in
                try handle.write(contentsOf: Data(TensorFile.image(of: single)))
            }
        case .npz:
            try AtomicFile.write(to: url) { handle in
                try NPZFile.write(named, compress: compress, what: name) { try handle.write(contentsOf: Data($0)) }
            }
        case .safetensors:
            try withExtendedLifetime(named) {
                try SafetensorsFile.write(
                    named.map { SafetensorsFile.Entry($0.name, $0.tensor) }, metadata: metadata, to: url)
            }
        }
    }
}

extension Tensor {
    /// The elements as bytes; valid while the tensor lives.
    fileprivate var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: pointer, count: byteCount) }
}

extension SafetensorsFile.Entry {
    /// A tensor that lives until it is written.
    package init(_ name: String, _ tensor: Tensor) {
        self.init(
            name: name, dtype: SafetensorsDType(tensor.dtype), shape: tensor.shape.dimensions, bytes: tensor.bytes)
    }
}

extension SafetensorsDType {
    /// How tensors of a type are written.
    package init(_ dtype: DType) {
        switch dtype {
        case .float32: self = .float32
        case .float64: self = .float64
        case .int32: self = .int32
        case .uint8: self = .uint8
        case .bool: self = .bool
        }
    }

    /// How the file writes one number.
    fileprivate var element: ForeignElement {
        let kind: ForeignElement.Kind =
            switch self {
            case .bool: .bool
            case .uint8, .uint16, .uint32, .uint64: .unsigned
            case .int8, .int16, .int32, .int64: .signed
            case .float16, .float32, .float64: .float
            case .bfloat16: .brainFloat
            }
        return ForeignElement(kind, width: byteCount) ?? ForeignElement(.uint8)
    }
}
