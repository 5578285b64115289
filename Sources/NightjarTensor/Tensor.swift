/// A dense array of numbers in row-major order: a shape, an element type, and the storage that holds the elements.
///
/// A tensor always covers its storage from the first byte; there are no views. What a script sees never changes
/// after it was made; only the engine writes, to parameters and state, at the end of a step.
public final class Tensor: @unchecked Sendable {
    public let shape: Shape
    public let dtype: DType
    public let storage: Storage

    /// Memory for a tensor whose contents are not defined yet.
    /// - Throws: ``TensorError`` when memory runs out.
    public init(uninitialized shape: Shape, dtype: DType, origin: StorageOrigin? = nil) throws {
        self.shape = shape
        self.dtype = dtype
        self.storage = try Storage(byteCount: shape.count * dtype.byteWidth, origin: origin)
    }

    /// A tensor over existing storage, which must hold at least as many bytes as shape and type ask for.
    /// - Throws: ``TensorError`` when it is too small.
    public init(shape: Shape, dtype: DType, storage: Storage) throws {
        guard storage.byteCount >= shape.count * dtype.byteWidth else {
            throw TensorError(
                "storage of \(storage.byteCount) bytes is too small for \(shape) of \(dtype): "
                    + "\(shape.count * dtype.byteWidth) bytes")
        }
        self.shape = shape
        self.dtype = dtype
        self.storage = storage
    }

    /// The number of elements.
    @inlinable public var count: Int { shape.count }
    /// The bytes that the elements take.
    @inlinable public var byteCount: Int { count * dtype.byteWidth }
    /// The first element.
    @inlinable public var pointer: UnsafeMutableRawPointer { storage.pointer }
}

extension Tensor {
    /// A tensor of `shape` with the given elements in row-major order.
    /// - Throws: ``TensorError`` when their number does not fit the shape.
    public convenience init<E: Element>(_ elements: [E], shape: Shape) throws {
        guard elements.count == shape.count else {
            throw TensorError("shape \(shape) needs \(shape.count) elements, got \(elements.count)")
        }
        try self.init(uninitialized: shape, dtype: E.dtype)
        elements.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress, bytes.count > 0 { pointer.copyMemory(from: base, byteCount: bytes.count) }
        }
    }

    /// A one-dimensional tensor.
    public convenience init<E: Element>(_ elements: [E]) throws {
        try self.init(elements, shape: Shape([elements.count]))
    }

    /// A tensor filled with zero bytes, which is zero in every element type.
    public static func zeros(_ shape: Shape, dtype: DType) throws -> Tensor {
        let tensor = try Tensor(uninitialized: shape, dtype: dtype)
        tensor.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: tensor.byteCount)
        return tensor
    }

    /// A tensor filled with one value, converted to `dtype` (rounded toward zero for whole numbers, saturating).
    public static func full(_ shape: Shape, _ value: Double, dtype: DType) throws -> Tensor {
        let tensor = try Tensor(uninitialized: shape, dtype: dtype)
        for index in 0..<tensor.count { tensor.setValue(value, at: index) }
        return tensor
    }

    /// A tensor of `shape` whose elements are converted from `values`, in row-major order.
    /// - Throws: ``TensorError`` when their number does not fit the shape.
    public static func from(_ values: [Double], shape: Shape, dtype: DType) throws -> Tensor {
        guard values.count == shape.count else {
            throw TensorError("shape \(shape) needs \(shape.count) elements, got \(values.count)")
        }
        let tensor = try Tensor(uninitialized: shape, dtype: dtype)
        for (index, value) in values.enumerated() { tensor.setValue(value, at: index) }
        return tensor
    }

    /// A tensor of one dimension whose elements are made one by one, in memory that may not be there: no array between.
    /// - Throws: ``TensorError`` for a count that no dimension has, or when memory runs out; what `element` throws.
    public static func made<E: Element>(_ count: Int, _ element: (Int) throws -> E) throws -> Tensor {
        try made(Shape([count]), element)
    }

    /// A tensor whose elements are made one by one in row-major order.
    public static func made<E: Element>(_ shape: Shape, _ element: (Int) throws -> E) throws -> Tensor {
        let tensor = try Tensor(uninitialized: shape, dtype: E.dtype)
        let target = tensor.pointer.assumingMemoryBound(to: E.self)
        for index in 0..<tensor.count { target[index] = try element(index) }
        return tensor
    }

    /// A tensor whose elements are converted from numbers that are made one by one in row-major order.
    public static func made(_ shape: Shape, dtype: DType, _ value: (Int) throws -> Double) throws -> Tensor {
        let tensor = try Tensor(uninitialized: shape, dtype: dtype)
        for index in 0..<tensor.count { tensor.setValue(try value(index), at: index) }
        return tensor
    }

    /// Runs `body` over the elements.
    /// - Throws: ``TensorError`` when `type` is not the tensor's element type, and what `body` throws.
    public func withElements<E: Element, R>(
        of type: E.Type, _ body: (UnsafeMutableBufferPointer<E>) throws -> R
    ) throws -> R {
        guard dtype.byteWidth == E.dtype.byteWidth, dtype == E.dtype || (dtype == .bool && E.dtype == .uint8) else {
            throw TensorError("expected a tensor of \(E.dtype), got \(dtype)")
        }
        let typed = pointer.assumingMemoryBound(to: E.self)
        return try body(UnsafeMutableBufferPointer(start: typed, count: count))
    }

    /// The elements as an array.
    /// - Throws: ``TensorError`` when `type` is not the tensor's element type.
    public func elements<E: Element>(of type: E.Type = E.self) throws -> [E] {
        try Room.check(count, of: MemoryLayout<E>.stride)
        return try withElements(of: type) { Array($0) }
    }

    /// The element at a row-major position, as a double. `index` is checked.
    public func value(at index: Int) -> Double {
        guard index >= 0, index < count else { return .nan }
        switch dtype {
        case .float32: return Double(pointer.load(fromByteOffset: index * 4, as: Float.self))
        case .float64: return pointer.load(fromByteOffset: index * 8, as: Double.self)
        case .int32: return Double(pointer.load(fromByteOffset: index * 4, as: Int32.self))
        case .uint8, .bool: return Double(pointer.load(fromByteOffset: index, as: UInt8.self))
        }
    }

    /// All elements as doubles, in row-major order. Exact for every element type. For tensors that are known to be small;
    /// see ``doubles()``.
    public var values: [Double] { (0..<count).map(value(at:)) }

    /// All elements as doubles, in row-major order, where there is room for them.
    /// - Throws: ``TensorError`` where there is none.
    public func doubles() throws -> [Double] { try [Double](room: count, value(at:)) }

    /// A copy with its own storage.
    public func copy() throws -> Tensor {
        let result = try Tensor(uninitialized: shape, dtype: dtype)
        result.pointer.copyMemory(from: pointer, byteCount: byteCount)
        return result
    }

    /// The same elements under another shape of the same count; shares storage.
    /// - Throws: ``TensorError`` when the counts differ.
    public func reshaped(_ shape: Shape) throws -> Tensor {
        guard shape.count == count else {
            throw TensorError("cannot view \(self.shape) (\(count) elements) as \(shape) (\(shape.count) elements)")
        }
        return try Tensor(shape: shape, dtype: dtype, storage: storage)
    }

    private func setValue(_ value: Double, at index: Int) {
        switch dtype {
        case .float32: pointer.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
        case .float64: pointer.storeBytes(of: value, toByteOffset: index * 8, as: Double.self)
        case .int32:
            let whole = value.isNaN ? 0 : min(max(value, Double(Int32.min)), Double(Int32.max))
            pointer.storeBytes(of: Int32(whole), toByteOffset: index * 4, as: Int32.self)
        case .uint8:
            pointer.storeBytes(
                of: UInt8(value.isNaN ? 0 : min(max(value, 0), 255)), toByteOffset: index, as: UInt8.self)
        case .bool: pointer.storeBytes(of: value != 0 ? 1 : 0, toByteOffset: index, as: UInt8.self)
        }
    }
}
