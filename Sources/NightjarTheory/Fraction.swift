/// A fraction of whole numbers, exact or refused: what coefficients of expressions are.
public struct Fraction: Hashable, Sendable {
    public let numerator: Int128
    /// Above 0, with no factor in common with the numerator.
    public let denominator: Int128

    public static let zero = Fraction(0)
    public static let one = Fraction(1)

    public init(_ whole: Int) { (numerator, denominator) = (Int128(whole), 1) }

    /// - Throws: ``TheoryFault`` for a denominator of 0.
    public init(_ numerator: Int128, over denominator: Int128) throws {
        guard denominator != 0, numerator != .min, denominator != .min else { throw TheoryFault.tooLarge }
        let divisor = Fraction.commonDivisor(numerator.magnitude, denominator.magnitude)
        let sign: Int128 = denominator < 0 ? -1 : 1
        self.numerator = sign * (numerator / Int128(divisor))
        self.denominator = sign * (denominator / Int128(divisor))
    }

    /// A number with few binary digits: below 2^31 in size, a multiple of 2^-20. Others, which are mostly rounded, are
    /// symbols of an expression and are never added up.
    public init?(short number: Double) {
        guard abs(number) < 0x1p31, let scaled = Int64(exactly: number * 0x1p20),
            let fraction = try? Fraction(Int128(scaled), over: 1 << 20)
        else { return nil }
        self = fraction
    }

    private static func commonDivisor(_ first: UInt128, _ second: UInt128) -> UInt128 {
        var (a, b) = (first, second)
        while b != 0 { (a, b) = (b, a % b) }
        return max(a, 1)
    }

    private static func product(_ a: Int128, _ b: Int128) throws -> Int128 {
        let (value, overflows) = a.multipliedReportingOverflow(by: b)
        if overflows { throw TheoryFault.tooLarge }
        return value
    }

    public func plus(_ other: Fraction) throws -> Fraction {
        let (sum, overflows) = try Fraction.product(numerator, other.denominator).addingReportingOverflow(
            Fraction.product(other.numerator, denominator))
        if overflows { throw TheoryFault.tooLarge }
        return try Fraction(sum, over: Fraction.product(denominator, other.denominator))
    }

    public func times(_ other: Fraction) throws -> Fraction {
        try Fraction(
            Fraction.product(numerator, other.numerator), over: Fraction.product(denominator, other.denominator))
    }

    /// The largest fraction of which both are whole multiples.
    func common(with other: Fraction) throws -> Fraction {
        let (left, right) = (
            try Fraction.product(numerator, other.denominator), try Fraction.product(other.numerator, denominator)
        )
        return try Fraction(
            Int128(Fraction.commonDivisor(left.magnitude, right.magnitude)),
            over: Fraction.product(denominator, other.denominator))
    }

    public func inverse() throws -> Fraction { try Fraction(denominator, over: numerator) }

    public var negated: Fraction { Fraction(negating: self) }
    private init(negating other: Fraction) { (numerator, denominator) = (-other.numerator, other.denominator) }

    public var isZero: Bool { numerator == 0 }
    public var isNegative: Bool { numerator < 0 }
    public var isWhole: Bool { denominator == 1 }

    /// The nearest double, or one beside it.
    public var value: Double { Double(numerator) / Double(denominator) }

    /// `3`, `1/9`.
    public var text: String { isWhole ? "\(numerator)" : "\(numerator)/\(denominator)" }
}

/// Why nothing is said about a graph.
public enum TheoryFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Exact numbers or expressions grew beyond what is worked with.
    case tooLarge
    /// An operation that the rules do not know, by the name that scripts use.
    case operation(String)
    /// In words, to go behind "because".
    case reason(String)

    public var description: String {
        switch self {
        case .tooLarge: "its expression is too large"
        case .operation(let name): "it uses '\(name)', which no rule is for"
        case .reason(let text): text
        }
    }
}
