/// Which class an indexed factor is of.
public enum ClassIndex: String, Hashable, Sendable {
    /// Any class: what a row of the graph runs over, or a sum.
    case each = "k"
    /// The class that the label names.
    case label = "y"
    /// The class that a derivative is taken for.
    case other = "j"
}

/// Functions that expressions keep as they are.
public enum Function: String, Hashable, Sendable {
    case exp, log, sqrt, abs, sign, sin, cos, tanh, sigmoid, erf, floor, ceil, round, maximum, minimum, pow, mod
    /// 1 where the argument is above 0, at least 0, or 0, else 0.
    case isPositive, isNotNegative, isZero
    /// 1 over the argument, where that may be 0.
    case reciprocal
}

/// What monomials are products of. Two factors are the same where their texts are.
public struct Factor: Hashable, Sendable, Comparable {
    public indirect enum Kind: Sendable {
        /// An entry of the logits.
        case logit(ClassIndex)
        /// An entry of the softmax of a row.
        case probability(of: Expression, ClassIndex)
        /// 1 where the class is that of the label, else 0.
        case isLabel
        /// The number of a class, from 0.
        case position(ClassIndex)
        /// A number that is not short enough to calculate with: see ``Fraction/init(short:)``.
        case constant(Double)
        case function(Function, [Expression])
        /// A sum in brackets, to a negative power.
        case group(Expression)
        /// The sum of a product over all classes.
        case sum(Expression, classes: Int)
        /// The same over all classes but that of the label.
        case rest(Expression, classes: Int)
        /// The largest or smallest over all classes.
        case extreme(isLargest: Bool, Expression)
        /// Known numbers, one a class.
        case table(name: Int, [Double], ClassIndex)
    }

    public let kind: Kind
    public let key: String
    /// Whether it depends on what a row runs over, on the label, and on the class of a derivative.
    public let usesEach: Bool
    public let usesLabel: Bool
    public let usesOther: Bool
    /// Whether a sum or an extreme inside of it depends on the label.
    public let bindsLabel: Bool
    /// Whether it is the same for all logits and labels.
    public let isConstant: Bool
    /// Parts, all in all.
    public let size: Int

    init(_ kind: Kind) {
        self.kind = kind
        func has(_ index: ClassIndex) -> (Bool, Bool, Bool) { (index == .each, index == .label, index == .other) }
        switch kind {
        case .logit(let index):
            (key, size, bindsLabel, isConstant) = ("z_\(index.rawValue)", 1, false, false)
            (usesEach, usesLabel, usesOther) = has(index)
        case .probability(let row, let index):
            (key, size) = ("p[\(row.key)]_\(index.rawValue)", 1 + row.size)
            (bindsLabel, isConstant) = (row.bindsLabel || row.usesLabel, false)
            let own = has(index)
            (usesEach, usesLabel, usesOther) = (own.0, own.1 || row.usesLabel, own.2)
        case .isLabel:
            (key, size, bindsLabel, isConstant) = ("[k = y]", 1, false, false)
            (usesEach, usesLabel, usesOther) = (true, true, false)
        case .position(let index):
            (key, size, bindsLabel, isConstant) = ("#\(index.rawValue)", 1, false, false)
            (usesEach, usesLabel, usesOther) = has(index)
        case .constant(let number):
            (key, size, bindsLabel, isConstant) = ("\(number)", 1, false, true)
            (usesEach, usesLabel, usesOther) = (false, false, false)
        case .function(let function, let arguments):
            key = function.rawValue + "(" + arguments.map(\.key).joined(separator: ", ") + ")"
            size = arguments.reduce(1) { $0 + $1.size }
            bindsLabel = arguments.contains { $0.bindsLabel }
            isConstant = arguments.allSatisfy { $0.isConstant }
            usesEach = arguments.contains { $0.usesEach }
            usesLabel = arguments.contains { $0.usesLabel }
            usesOther = arguments.contains { $0.usesOther }
        case .group(let sum):
            (key, size, bindsLabel, isConstant) = ("(\(sum.key))", 1 + sum.size, sum.bindsLabel, sum.isConstant)
            (usesEach, usesLabel, usesOther) = (sum.usesEach, sum.usesLabel, sum.usesOther)
        case .sum(let inner, _), .rest(let inner, _), .extreme(_, let inner):
            let word =
                switch kind {
                case .sum: "sum"
                case .rest: "rest"
                case .extreme(let isLargest, _): isLargest ? "max" : "min"
                default: ""
                }
            (key, size, isConstant) = ("\(word){\(inner.key)}", 1 + inner.size, inner.isConstant && !inner.usesEach)
            let isRest = word == "rest"
            (bindsLabel, usesEach) = (inner.usesLabel || inner.bindsLabel || isRest, false)
            (usesLabel, usesOther) = (inner.usesLabel || isRest, inner.usesOther)
        case .table(let name, _, let index):
            (key, size, bindsLabel, isConstant) = ("t\(name)_\(index.rawValue)", 1, false, false)
            (usesEach, usesLabel, usesOther) = has(index)
        }
    }

    public static func == (left: Factor, right: Factor) -> Bool { left.key == right.key }
    public static func < (left: Factor, right: Factor) -> Bool { left.key < right.key }
    public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

/// A product of factors to whole powers, in order.
public struct Monomial: Hashable, Sendable, Comparable {
    public let powers: [(factor: Factor, exponent: Int)]
    public let key: String

    static let one = Monomial([])

    /// - Parameter powers: each factor once.
    init(_ powers: [(factor: Factor, exponent: Int)]) {
        let ordered = powers.filter { $0.exponent != 0 }.sorted { $0.factor < $1.factor }
        self.powers = ordered
        key = ordered.map { $0.exponent == 1 ? $0.factor.key : "\($0.factor.key)^\($0.exponent)" }
            .joined(separator: " * ")
    }

    init(_ factor: Factor, _ exponent: Int = 1) { self.init([(factor, exponent)]) }

    public func times(_ other: Monomial) -> Monomial {
        if powers.isEmpty { return other }
        if other.powers.isEmpty { return self }
        var merged = powers
        for power in other.powers {
            if let place = merged.firstIndex(where: { $0.factor == power.factor }) {
                merged[place].exponent += power.exponent
            } else {
                merged.append(power)
            }
        }
        return Monomial(merged)
    }

    public func exponent(of factor: Factor) -> Int { powers.first { $0.factor == factor }?.exponent ?? 0 }

    /// The factors for which it holds, and the others.
    func parted(_ belongs: (Factor) -> Bool) -> (inside: Monomial, outside: Monomial) {
        (Monomial(powers.filter { belongs($0.factor) }), Monomial(powers.filter { !belongs($0.factor) }))
    }

    /// The factors to negative powers.
    var divisors: Monomial { Monomial(powers.filter { $0.exponent < 0 }) }

    var size: Int { powers.reduce(1) { $0 + $1.factor.size } }
    public func contains(_ holds: (Factor) -> Bool) -> Bool { powers.contains { holds($0.factor) } }

    public static func == (left: Monomial, right: Monomial) -> Bool { left.key == right.key }
    public static func < (left: Monomial, right: Monomial) -> Bool { left.key < right.key }
    public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
