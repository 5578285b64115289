/// The element types a tensor can have.
///
/// `float32` is what training uses; `float64` supports every operation so that gradient checks mean something;
/// `int32` holds labels and indices; `uint8` holds stored images; `bool` holds masks (one byte each, 0 or 1).
public enum DType: UInt8, Sendable, CaseIterable {
    case float32 = 0
    case float64 = 1
    case int32 = 2
    case uint8 = 3
    case bool = 4

    /// Bytes one element takes in memory.
    @inlinable public var byteWidth: Int {
        switch self {
        case .float32, .int32: 4
        case .float64: 8
        case .uint8, .bool: 1
        }
    }

    /// True for the types that carry gradients.
    @inlinable public var isFloating: Bool { rawValue <= DType.float64.rawValue }

    /// The name scripts use.
    public var name: String {
        switch self {
        case .float32: "float32"
        case .float64: "float64"
        case .int32: "int32"
        case .uint8: "uint8"
        case .bool: "bool"
        }
    }

    /// The type with that script name, or nil.
    public init?(name: String) {
        guard let match = DType.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}

extension DType: CustomStringConvertible {
    public var description: String { name }
}
