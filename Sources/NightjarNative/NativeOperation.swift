import CNative
import NightjarTensor
import Synchronization

/// An operation of a native library: what it takes and gives, its shape rule, its kernels and its gradients.
///
/// Graphs name it by its number, which is never given to another one: it is part of what plans are kept by.
public final class NativeOperation: Sendable {
    /// A tensor that it takes.
    public struct Input: Sendable, Equatable {
        public let name: String
        /// Nil: float32 or float64, as all other such inputs of the call and, where it is one, the result.
        public let dtype: DType?
        /// How many of the last dimensions make a row; nil: it is not cut into rows.
        public let rowRank: Int?
    }

    /// A number that scripts give by name.
    public struct Attribute: Sendable, Equatable {
        public let name: String
        public let documentation: String
        public let standard: Double
        /// What scripts may give; nil: any number.
        public let range: ClosedRange<Double>?
    }

    /// Where the gradient with respect to an input comes from.
    public enum Gradient: Sendable {
        /// Nowhere: whoever asks for it hears so.
        case missing
        /// None flows there, on purpose.
        case none
        /// Another operation, which takes the gradient that arrives, the inputs, and perhaps the result.
        case operation(NativeOperation, takesResult: Bool)
    }

    public let number: UInt16
    /// As the library calls it.
    public let name: String
    /// As plans and messages call it, with the plugin in front: `fused.smoothed_cce`.
    public let title: String
    public let documentation: String
    public let inputs: [Input]
    public let attributes: [Attribute]
    /// What the attributes are where a script does not say.
    public let standards: [Double]
    /// The type of the result; nil: that of the floating inputs.
    public let outputType: DType?
    private let pointer: SharedPointer
    /// One for each input; never changed once the registry gives the operation away.
    private nonisolated(unsafe) var gradients: [Gradient] = []

    /// What the library says of it. Valid for good.
    public var description: UnsafePointer<nightjar_operation> { pointer.value }

    fileprivate struct SharedPointer: @unchecked Sendable { let value: UnsafePointer<nightjar_operation> }

    fileprivate init(_ operation: UnsafePointer<nightjar_operation>, number: UInt16, owner: String) {
        self.number = number
        pointer = SharedPointer(value: operation)
        name = String(cString: operation.pointee.name)
        title = owner + "." + name
        documentation = operation.pointee.doc.map { String(cString: $0) } ?? ""
        outputType = NativeOperation.dtype(operation.pointee.output_type)
        inputs = (0..<nj_native_input_count(operation)).compactMap { index in
            nj_native_input(operation, index).map { input in
                Input(
                    name: String(cString: input.pointee.name), dtype: NativeOperation.dtype(input.pointee.type),
                    rowRank: input.pointee.row_rank < 0 ? nil : Int(input.pointee.row_rank))
            }
        }
        attributes = (0..<nj_native_attribute_count(operation)).compactMap { index in
            nj_native_attribute(operation, index).map { attribute in
                let (low, high) = (attribute.pointee.low, attribute.pointee.high)
                return Attribute(
                    name: String(cString: attribute.pointee.name),
                    documentation: attribute.pointee.doc.map { String(cString: $0) } ?? "",
                    standard: attribute.pointee.standard, range: low == 0 && high == 0 ? nil : low...high)
            }
        }
        standards = attributes.map(\.standard)
    }

    private static func dtype(_ type: Int32) -> DType? {
        switch nightjar_type(UInt32(bitPattern: type)) {
        case NIGHTJAR_INT32: .int32
        case NIGHTJAR_UINT8: .uint8
        case NIGHTJAR_BOOL: .bool
        default: nil
        }
    }

    /// The operation of a number.
    public static func numbered(_ number: UInt16) -> NativeOperation? { OperationRegistry.shared[number] }

    /// Where the gradient with respect to an input comes from.
    public func gradient(_ input: Int) -> Gradient { gradients.indices.contains(input) ? gradients[input] : .missing }

    /// Looks up the gradients among the operations of the same library. Before anybody else knows the operation.
    fileprivate func findGradients(among family: [NativeOperation]) {
        gradients = inputs.indices.map { input in
            guard let text = nj_native_gradient(description, Int32(truncatingIfNeeded: input)) else { return .missing }
            let name = String(cString: text)
            guard !name.isEmpty else { return .none }
            guard let other = family.first(where: { $0.name == name }) else { return .missing }
            return .operation(other, takesResult: other.inputs.count == inputs.count + 2)
        }
    }

    /// The shape of the result for inputs of these shapes.
    /// - Throws: ``NativeError`` where the shape rule refuses them.
    public func resultShape(_ shapes: [Shape], attributes: [Double]) throws -> Shape {
        var layout = nj_native_layout(shapes)
        var message = nj_native_message()
        guard nj_native_lay_out(description, attributes, &layout, &message) else { throw NativeError(text(message)) }
        return try Shape(layout.output)
    }

    /// How inputs of these shapes and a result of this one are cut into rows.
    /// - Throws: ``NativeError`` where they do not go together.
    public func layout(_ shapes: [Shape], result: Shape) throws -> nj_native_layout {
        var layout = nj_native_layout(shapes)
        layout.output = nightjar_shape(result)
        var message = nj_native_message()
        guard nj_native_cut(description, &layout, &message) else { throw NativeError(text(message)) }
        return layout
    }
}

extension nj_native_layout {
    fileprivate init(_ inputs: [Shape]) {
        self.init()
        withUnsafeMutableBytes(of: &shapes) { bytes in
            let list = bytes.bindMemory(to: nightjar_shape.self)
            for (index, shape) in inputs.enumerated() where list.indices.contains(index) {
                list[index] = nightjar_shape(shape)
            }
        }
    }
}

extension nightjar_shape {
    init(_ shape: Shape) {
        self.init()
        rank = Int32(truncatingIfNeeded: shape.rank)
        withUnsafeMutableBytes(of: &extents) { bytes in
            let list = bytes.bindMemory(to: Int64.self)
            for axis in 0..<shape.rank { list[axis] = Int64(shape[axis]) }
        }
    }
}

extension Shape {
    /// - Throws: `TensorError` for a shape that no tensor has.
    init(_ shape: nightjar_shape) throws {
        let rank = Int(shape.rank)
        guard (0...Shape.maxRank).contains(rank) else {
            throw TensorError("a tensor has at most \(Shape.maxRank) dimensions, got \(rank)")
        }
        try self.init(withUnsafeBytes(of: shape.extents) { $0.bindMemory(to: Int64.self).prefix(rank).map { Int($0) } })
    }
}

/// All operations of all libraries of the process, each for good.
final class OperationRegistry: Sendable {
    static let shared = OperationRegistry()

    private struct Family {
        let table: UInt
        let owner: String
        let operations: [NativeOperation]
    }
    private struct State {
        var operations: [NativeOperation] = []
        var families: [Family] = []
    }
    private let state = Mutex(State())

    /// The operations of a table; the same ones where it was entered before.
    /// - Throws: ``NativeError`` where the process has more than graphs can number.
    func enter(_ table: UnsafePointer<nightjar_plugin_table>, owner: String) throws -> [NativeOperation] {
        let address = UInt(bitPattern: table)
        return try state.withLock { state in
            if let known = state.families.first(where: { $0.table == address && $0.owner == owner }) {
                return known.operations
            }
            let count = Int(table.pointee.operation_count)
            guard state.operations.count + count <= Int(UInt16.max) else {
                throw NativeError(
                    "the process has \(state.operations.count) native operations: there is no room for more")
            }
            var made: [NativeOperation] = []
            for index in 0..<count {
                guard let operation = nj_native_operation(table, Int32(truncatingIfNeeded: index)) else { continue }
                let number = UInt16(truncatingIfNeeded: state.operations.count)
                made.append(NativeOperation(operation, number: number, owner: owner))
                state.operations.append(made[index])
            }
            for operation in made { operation.findGradients(among: made) }
            state.families.append(Family(table: address, owner: owner, operations: made))
            return made
        }
    }

    subscript(number: UInt16) -> NativeOperation? {
        state.withLock { $0.operations.indices.contains(Int(number)) ? $0.operations[Int(number)] : nil }
    }
}
