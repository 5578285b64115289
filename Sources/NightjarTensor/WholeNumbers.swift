/// The rule of whole numbers, for int32 and uint8, in every operation, on every road.
///
/// - A result that its type does not hold is an error, never another number: sums, differences, products, negatives,
///   absolute values, running sums and products, counts. Sums and products over dimensions are taken in 64 bits, so what
///   counts is the result, not the way to it.
/// - Division and remainder by 0 are errors. Remainders have the sign of the divisor, as in Lua.
/// - A number becomes whole by cutting toward zero. What is not finite, or out of range after that, is an error.
/// - A number that a script writes down must be whole and in range as it is.
///
/// Kernels find what is wrong (`NJ_FAULT_RANGE` and the like in `nj_types.h`), tapes and bindings ask
/// ``DType/wholeNumber(_:)``, and both say it in the words of ``WholeNumberFault``.
public struct WholeNumberFault: Error, Equatable, CustomStringConvertible, Sendable {
    public enum Kind: Equatable, Sendable {
        /// An operation's result is beyond the type: exactly this, or an end of Int64 for all that lies behind.
        case range(Int)
        /// Division of this by 0.
        case zero(Int)
        /// A number that was to be converted.
        case cast(Double)
        /// A number that a script wrote down.
        case literal(Double)
    }

    public let kind: Kind
    public let dtype: DType
    /// How messages call the operation: `'+'`. Empty for numbers alone.
    public let operation: String
    /// Where, as scripts count; nil for a single number.
    public let place: String?

    public init(_ kind: Kind, _ dtype: DType, operation: String = "", place: String? = nil) {
        self.kind = kind
        self.dtype = dtype
        self.operation = operation
        self.place = place
    }

    public var message: String {
        let at = place.map { " at position \($0)" } ?? ""
        let range = "\(dtype) holds whole numbers from \(dtype.least) to \(dtype.largest)"
        switch kind {
        case .range(let value):
            let result = value == .max ? "more than \(Int.max)" : value <= -.max ? "less than \(-Int.max)" : "\(value)"
            return "\(operation) gives \(result)\(at): \(range); convert first, with :to(\"float64\")"
        case .zero(let value):
            return "\(operation) of \(value) by 0\(at): whole numbers cannot be divided by 0; convert first, with "
                + ":to(\"float64\"), and it is "
                + (operation == "'%'" || value == 0 ? "nan" : value < 0 ? "-inf" : "inf")
        case .cast(let value):
            let repair =
                value.isNaN || value.isInfinite
                ? "put a finite number in its place first, as in nj.where(t:isfinite(), t, 0)"
                : "hold it within the range first, with :clamp(low, high)"
            return "\(WholeNumberFault.text(value))\(at) cannot become \(dtype): \(range); \(repair)"
        case .literal(let value):
            return "\(WholeNumberFault.text(value)) does not fit into \(dtype): \(range)"
        }
    }

    public var description: String { message }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if let whole = Int(exactly: value) { return "\(whole)" }
        return value.isInfinite ? (value < 0 ? "-inf" : "inf") : "\(value)"
    }
}

extension DType {
    /// The ends of a type of whole numbers.
    public var least: Int { self == .int32 ? Int(Int32.min) : 0 }
    public var largest: Int {
        switch self {
        case .int32: Int(Int32.max)
        case .uint8: Int(UInt8.max)
        case .bool, .float32, .float64: 1
        }
    }

    /// True for the types that the rule of ``WholeNumberFault`` is about.
    public var isWhole: Bool { self == .int32 || self == .uint8 }

    /// Whether converting to this type can fail, by the numbers that are converted.
    public func canRefuse(_ other: DType) -> Bool {
        switch (self, other) {
        case (.int32, .float32), (.int32, .float64), (.uint8, .float32), (.uint8, .float64), (.uint8, .int32): true
        default: false
        }
    }

    /// A number that a script wrote down, where this type holds it as it is; true or false for masks.
    /// - Throws: ``WholeNumberFault``.
    public func wholeNumber(_ value: Double) throws -> Double {
        guard isWhole else { return value }
        guard value == value.rounded(), value >= Double(least), value <= Double(largest) else {
            throw WholeNumberFault(.literal(value), self)
        }
        return value
    }
}
