/// A sum of products with exact coefficients: a value of a graph for one sample, as a function of its logits and its
/// label. Equal expressions have equal terms.
public struct Expression: Hashable, Sendable {
    public struct Term: Hashable, Sendable {
        public let coefficient: Fraction
        public let monomial: Monomial

        func over(_ other: Monomial) -> Term {
            Term(
                coefficient: coefficient,
                monomial: monomial.times(Monomial(other.powers.map { ($0.factor, -$0.exponent) })))
        }
    }

    /// In order, no monomial twice, no coefficient 0.
    public let terms: [Term]

    public static let zero = Expression(terms: [])
    public static let one = Expression(.one)

    private init(terms: [Term]) { self.terms = terms }

    init(_ number: Fraction) {
        terms = number.isZero ? [] : [Term(coefficient: number, monomial: .one)]
    }
    init(_ whole: Int) { self.init(Fraction(whole)) }
    init(_ monomial: Monomial, _ coefficient: Fraction = .one) {
        terms = [Term(coefficient: coefficient, monomial: monomial)]
    }
    init(_ factor: Factor) { self.init(Monomial(factor)) }
    init(_ kind: Factor.Kind) { self.init(Factor(kind)) }

    /// A number of a script: exact where it has few digits, else a symbol.
    init(number: Double) {
        if let short = Fraction(short: number) { self.init(short) } else { self.init(.constant(number)) }
    }

    /// Adds up terms.
    init(summing list: some Sequence<(Monomial, Fraction)>) throws {
        var sums: [Monomial: Fraction] = [:]
        for (monomial, coefficient) in list {
            sums[monomial] = try sums[monomial]?.plus(coefficient) ?? coefficient
        }
        terms = sums.filter { !$0.value.isZero }.map { Term(coefficient: $0.value, monomial: $0.key) }
            .sorted { $0.monomial < $1.monomial }
        if size > Expression.largest { throw TheoryFault.tooLarge }
    }

    /// Parts that an expression may have.
    static let largest = 3000

    public var key: String {
        terms.map { "\($0.coefficient.text) \($0.monomial.key)" }.joined(separator: " + ")
    }
    var size: Int { terms.reduce(1) { $0 + $1.monomial.size } }

    public var usesEach: Bool { contains { $0.usesEach } }
    public var usesLabel: Bool { contains { $0.usesLabel } }
    public var usesOther: Bool { contains { $0.usesOther } }
    var bindsLabel: Bool { contains { $0.bindsLabel } }
    /// Whether it is one number, whatever logits and label are.
    public var isConstant: Bool { terms.allSatisfy { $0.monomial.powers.allSatisfy { $0.factor.isConstant } } }

    func contains(_ holds: (Factor) -> Bool) -> Bool { terms.contains { $0.monomial.contains(holds) } }

    /// The number, where it is an exact one.
    public var fraction: Fraction? {
        if terms.isEmpty { return .zero }
        guard terms.count == 1, let term = terms.first, term.monomial == .one else { return nil }
        return term.coefficient
    }
    public var isZero: Bool { terms.isEmpty }

    /// The factor, where it is one to the first power without a coefficient.
    public var factor: Factor? {
        guard terms.count == 1, let term = terms.first, term.coefficient == .one, term.monomial.powers.count == 1,
            let power = term.monomial.powers.first, power.exponent == 1
        else { return nil }
        return power.factor
    }

    // MARK: Arithmetic

    public func plus(_ other: Expression) throws -> Expression {
        if isZero { return other }
        if other.isZero { return self }
        return try Expression(summing: (terms + other.terms).map { ($0.monomial, $0.coefficient) })
    }

    public var negated: Expression {
        Expression(terms: terms.map { Term(coefficient: $0.coefficient.negated, monomial: $0.monomial) })
    }

    public func minus(_ other: Expression) throws -> Expression { try plus(other.negated) }

    public func times(_ number: Fraction) throws -> Expression {
        if number.isZero { return .zero }
        return Expression(
            terms: try terms.map { Term(coefficient: try $0.coefficient.times(number), monomial: $0.monomial) })
    }

    public func times(_ other: Expression) throws -> Expression {
        if let number = other.fraction { return try times(number) }
        if let number = fraction { return try other.times(number) }
        guard terms.count * other.terms.count <= 400 else { throw TheoryFault.tooLarge }
        var products: [(Monomial, Fraction)] = []
        for left in terms {
            for right in other.terms {
                let (monomial, sign) = Expression.tidied(left.monomial.times(right.monomial))
                products.append((monomial, try left.coefficient.times(right.coefficient).times(sign)))
            }
        }
        return try Expression(summing: products)
    }

    /// A product in which the mask of the label stands makes every class the label's: 1[k = y] f_k = 1[k = y] f_y.
    private static func tidied(_ monomial: Monomial) -> (Monomial, Fraction) {
        guard monomial.contains({ $0 == labelMask }) else { return (monomial, .one) }
        let others = Monomial(monomial.powers.filter { $0.factor != labelMask })
        guard others.contains({ $0.usesEach }) else { return (others.times(Monomial(labelMask)), .one) }
        guard let renamed = try? Expression(others).renaming(.each, to: .label), renamed.terms.count == 1,
            let term = renamed.terms.first
        else { return (others.times(Monomial(labelMask)), .one) }
        return (term.monomial.times(Monomial(labelMask)), term.coefficient)
    }

    /// 1 where a class is the label's.
    static let labelMask = Factor(.isLabel)

    /// The same with each factor of its products replaced.
    func replacingFactors(_ replacement: (Factor) throws -> Expression) throws -> Expression {
        var result = Expression.zero
        for term in terms {
            var product = Expression(term.coefficient)
            for power in term.monomial.powers {
                let factor = try replacement(power.factor)
                let part = power.exponent > 0 ? factor : try factor.reciprocal()
                product = try product.times(part.power(abs(power.exponent)))
            }
            result = try result.plus(product)
        }
        return result
    }

    public func power(_ exponent: Int) throws -> Expression {
        var result = Expression.one
        for _ in 0..<exponent { result = try result.times(self) }
        return result
    }

    /// Without, and what multiplies, the mask of the label.
    func splitByLabel() throws -> (others: Expression, label: Expression) {
        let (with, without) = (
            terms.filter { $0.monomial.contains { $0 == Expression.labelMask } },
            terms.filter { !$0.monomial.contains { $0 == Expression.labelMask } }
        )
        let inside = try Expression(
            summing: with.map { term in
                (Monomial(term.monomial.powers.filter { $0.factor != Expression.labelMask }), term.coefficient)
            })
        return (try Expression(summing: without.map { ($0.monomial, $0.coefficient) }), inside)
    }

    /// Another name for a class: where it stands, everything is rebuilt by the same rules.
    public func renaming(_ from: ClassIndex, to: ClassIndex) throws -> Expression {
        guard contains({ from == .each ? $0.usesEach : from == .label ? $0.usesLabel : $0.usesOther }) else {
            return self
        }
        var result = Expression.zero
        for term in terms {
            var product = Expression(term.coefficient)
            for power in term.monomial.powers {
                let factor = try power.factor.renaming(from, to: to)
                if power.exponent > 0 {
                    product = try product.times(factor.power(power.exponent))
                } else {
                    product = try product.times(factor.reciprocal().power(-power.exponent))
                }
            }
            result = try result.plus(product)
        }
        return result
    }
}

extension Factor {
    func renaming(_ from: ClassIndex, to: ClassIndex) throws -> Expression {
        guard from == .each ? usesEach : from == .label ? usesLabel : usesOther else { return Expression(self) }
        func moved(_ index: ClassIndex) -> ClassIndex { index == from ? to : index }
        switch kind {
        case .logit(let index): return Expression(.logit(moved(index)))
        case .position(let index): return Expression(.position(moved(index)))
        case .probability(let row, let index):
            guard !row.usesLabel else { throw TheoryFault.reason("its softmax depends on the label") }
            return Expression(.probability(of: row, moved(index)))
        case .table(let name, let numbers, let index): return Expression(.table(name: name, numbers, moved(index)))
        case .isLabel:
            guard from == .each, to == .label else { throw TheoryFault.reason("its label is used in two ways") }
            return .one
        case .constant: return Expression(self)
        case .function(let function, let arguments):
            return try Expression.applying(function, arguments.map { try $0.renaming(from, to: to) })
        case .group(let sum): return try sum.renaming(from, to: to)
        case .sum(let inner, let classes):
            // What a sum runs over has the name k inside of it.
            if to == .each { throw TheoryFault.reason("a sum over classes depends on the label") }
            return Expression(.sum(try inner.renaming(from, to: to), classes: classes))
        case .extreme(let isLargest, let inner):
            if to == .each { throw TheoryFault.reason("a sum over classes depends on the label") }
            return Expression(.extreme(isLargest: isLargest, try inner.renaming(from, to: to)))
        case .rest: throw TheoryFault.reason("a sum over classes depends on the label")
        }
    }
}
