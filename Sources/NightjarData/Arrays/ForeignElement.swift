import NightjarTensor

/// How a file writes one number, where that need not be how tensors hold it.
public struct ForeignElement: Sendable, Equatable {
    public enum Kind: Sendable {
        case bool, signed, unsigned, float
        /// The upper half of a float32.
        case brainFloat
    }

    public let kind: Kind
    /// Bytes of one element.
    public let width: Int
    public let isBigEndian: Bool

    /// Nil where no tensor can hold such elements.
    public init?(_ kind: Kind, width: Int, isBigEndian: Bool = false) {
        let widths: [Int] =
            switch kind {
            case .bool: [1]
            case .signed, .unsigned: [1, 2, 4, 8]
            case .float: [2, 4, 8]
            case .brainFloat: [2]
            }
        guard widths.contains(width) else { return nil }
        self.kind = kind
        self.width = width
        self.isBigEndian = isBigEndian && width > 1
    }

    /// How tensors of a type are written.
    public init(_ dtype: DType) {
        switch dtype {
        case .float32, .float64: kind = .float
        case .int32: kind = .signed
        case .uint8: kind = .unsigned
        case .bool: kind = .bool
        }
        width = dtype.byteWidth
        isBigEndian = false
    }

    /// The element type that holds all such numbers; whole numbers of more than 31 bits only where they fit.
    public var dtype: DType {
        switch kind {
        case .bool: .bool
        case .signed: .int32
        case .unsigned: width == 1 ? .uint8 : .int32
        case .float: width == 8 ? .float64 : .float32
        case .brainFloat: .float32
        }
    }

    /// "int64", "float16".
    var name: String {
        switch kind {
        case .bool: "bool"
        case .signed: "int\(8 * width)"
        case .unsigned: "uint\(8 * width)"
        case .float: "float\(8 * width)"
        case .brainFloat: "bfloat16"
        }
    }

    /// A tensor of elements that lie one after another, the last dimension fastest or, with `isFortran`, the first.
    /// - Parameters:
    ///   - bytes: exactly the elements, at any alignment.
    ///   - what: what messages call the array: "a.npy".
    /// - Throws: ``DataError`` for a whole number that does not fit into int32.
    public func tensor(_ bytes: UnsafeRawBufferPointer, shape: Shape, isFortran: Bool = false, what: String) throws
        -> Tensor
    {
        guard bytes.count == shape.count * width else {
            throw DataError(file: what, "holds \(bytes.count) bytes, \(shape) of \(name) takes \(shape.count * width)")
        }
        let tensor = try Tensor(uninitialized: shape, dtype: dtype)
        guard let base = bytes.baseAddress, tensor.count > 0 else { return tensor }
        let isPlain = self == ForeignElement(dtype) && kind != .bool
        if isPlain, !isFortran || shape.rank < 2 {
            tensor.pointer.copyMemory(from: base, byteCount: bytes.count)
            return tensor
        }
        var order = FileOrder(shape, isFortran: isFortran)
        for index in 0..<tensor.count {
            try store(bits(bytes, order.next() * width), in: tensor, at: index, what: what)
        }
        return tensor
    }

    /// The bytes of one element as a number.
    private func bits(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        var bits: UInt64 = 0
        for place in 0..<width {
            bits |= UInt64(bytes[offset + place]) << UInt64(8 * (isBigEndian ? width - 1 - place : place))
        }
        return bits
    }

    private func store(_ bits: UInt64, in tensor: Tensor, at index: Int, what: String) throws {
        let target = tensor.pointer + index * tensor.dtype.byteWidth
        switch kind {
        case .bool: target.storeBytes(of: bits != 0 ? 1 : 0, as: UInt8.self)
        case .unsigned where width == 1: target.storeBytes(of: UInt8(truncatingIfNeeded: bits), as: UInt8.self)
        case .unsigned: target.storeBytes(of: try whole(Int32(exactly: bits), "\(bits)", what), as: Int32.self)
        case .signed:
            // The sign bit moves to the top and back.
            let unused = UInt64(64 - 8 * width)
            let value = Int64(bitPattern: bits << unused) >> Int64(unused)
            target.storeBytes(of: try whole(Int32(exactly: value), "\(value)", what), as: Int32.self)
        case .float where width == 8: target.storeBytes(of: bits, as: UInt64.self)
        case .float where width == 4: target.storeBytes(of: UInt32(truncatingIfNeeded: bits), as: UInt32.self)
        case .float: target.storeBytes(of: half(UInt16(truncatingIfNeeded: bits)), as: Float.self)
        case .brainFloat: target.storeBytes(of: UInt32(truncatingIfNeeded: bits) << 16, as: UInt32.self)
        }
    }

    private func whole(_ value: Int32?, _ text: String, _ what: String) throws -> Int32 {
        guard let value else {
            throw DataError(
                file: what, "holds \(text) as \(name), which does not fit into int32",
                remedy: "Save it as float64, or with numbers from \(Int32.min) to \(Int32.max)")
        }
        return value
    }

    /// Float16 has no type of its own on every processor.
    private func half(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10) & 0x1F
        let fraction = Float(bits & 0x3FF)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
        }
    }
}

/// The positions in a file of elements that are asked for in row-major order.
private struct FileOrder {
    private let extents: [Int]
    private let strides: [Int]
    private var place: [Int]
    private var offset = 0

    init(_ shape: Shape, isFortran: Bool) {
        extents = shape.dimensions
        if isFortran {
            var strides: [Int] = []
            var stride = 1
            for extent in extents {
                strides.append(stride)
                stride *= extent
            }
            self.strides = strides
        } else {
            strides = shape.strides
        }
        place = [Int](repeating: 0, count: extents.count)
    }

    mutating func next() -> Int {
        let current = offset
        for axis in extents.indices.reversed() {
            place[axis] += 1
            offset += strides[axis]
            if place[axis] < extents[axis] { break }
            offset -= strides[axis] * extents[axis]
            place[axis] = 0
        }
        return current
    }
}
