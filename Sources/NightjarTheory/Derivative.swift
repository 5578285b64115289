/// Derivatives by one factor.
extension Expression {
    /// The derivative where the factor moves and every other factor that does not contain it stays.
    /// - Throws: ``TheoryFault`` where a sum or an extreme contains it, or a function has no rule.
    public func derived(by variable: Factor) throws -> Expression {
        var result = Expression.zero
        for term in terms {
            for power in term.monomial.powers {
                let inner = try power.factor.derived(by: variable)
                guard !inner.isZero else { continue }
                let others = Monomial(
                    term.monomial.powers.map { ($0.factor, $0.factor == power.factor ? $0.exponent - 1 : $0.exponent) })
                let outer = Expression(others, try term.coefficient.times(Fraction(power.exponent)))
                result = try result.plus(outer.times(inner))
            }
        }
        return result
    }
}

extension Factor {
    fileprivate func mentions(_ variable: Factor) -> Bool {
        if self == variable { return true }
        switch kind {
        case .function(_, let arguments): return arguments.contains { $0.contains { $0.mentions(variable) } }
        case .group(let inner), .sum(let inner, _), .rest(let inner, _), .extreme(_, let inner):
            return inner.contains { $0.mentions(variable) }
        case .probability(let row, _): return row.contains { $0.mentions(variable) }
        case .logit, .isLabel, .position, .constant, .table: return false
        }
    }

    fileprivate func derived(by variable: Factor) throws -> Expression {
        if self == variable { return .one }
        guard mentions(variable) else { return .zero }
        switch kind {
        case .group(let inner): return try inner.derived(by: variable)
        case .function(let function, let arguments): return try chain(function, arguments, variable)
        case .sum, .rest, .extreme, .probability, .logit, .isLabel, .position, .constant, .table:
            throw TheoryFault.reason("a sum over classes depends on what it is differentiated by")
        }
    }

    private func chain(_ function: Function, _ arguments: [Expression], _ variable: Factor) throws -> Expression {
        let (u, v) = (arguments[0], arguments[arguments.count - 1])
        let du = try u.derived(by: variable)
        let own = Expression(self)
        func applied(_ function: Function, _ list: Expression...) throws -> Expression {
            try Expression.applying(function, list)
        }
        switch function {
        case .exp: return try own.times(du)
        case .log: return try u.reciprocal().times(du)
        case .sqrt: return try own.reciprocal().times(du).times(Fraction(1, over: 2))
        case .abs: return try applied(.sign, u).times(du)
        case .sin: return try applied(.cos, u).times(du)
        case .cos: return try applied(.sin, u).negated.times(du)
        case .tanh: return try Expression.one.minus(own.power(2)).times(du)
        case .sigmoid: return try own.minus(own.power(2)).times(du)
        case .erf:
            return try Expression(number: 2 / Double.pi.squareRoot()).times(applied(.exp, u.power(2).negated)).times(du)
        case .reciprocal: return try own.power(2).negated.times(du)
        case .pow:
            guard v.isConstant else { throw TheoryFault.reason("an exponent depends on the prediction") }
            return try v.times(applied(.pow, u, v.minus(.one))).times(du)
        case .maximum, .minimum:
            let isFirst = try applied(.isPositive, function == .maximum ? u.minus(v) : v.minus(u))
            return try isFirst.times(du).plus(Expression.one.minus(isFirst).times(v.derived(by: variable)))
        case .sign, .floor, .ceil, .round, .isPositive, .isNotNegative, .isZero: return .zero
        case .mod: throw TheoryFault.operation("%")
        }
    }
}

/// The derivatives of a loss by the probabilities: what all classes have, and what the label's class has besides.
public struct ProbabilityGradient: Sendable {
    /// By p_y, as far as the loss uses p_y itself.
    public let label: Expression
    /// By p_j, as far as the loss uses sums over classes: in terms of class j.
    public let every: Expression

    /// nil where the loss uses more of the prediction than its softmax, or a derivative has no rule.
    init?(of loss: Expression) {
        let probability = Factor(.probability(of: .logits, .label))
        guard loss.usesProbabilitiesOnly, let label = try? loss.derived(by: probability) else { return nil }
        var every = Expression.zero
        for sum in loss.sums {
            guard case .sum(let inner, _) = sum.kind, !inner.usesLabel, inner.sums.isEmpty,
                let outer = try? loss.derived(by: sum),
                let slope = try? inner.derived(by: Factor(.probability(of: .logits, .each))),
                let own = try? slope.renaming(.each, to: .other), let part = try? outer.times(own),
                let next = try? every.plus(part)
            else { return nil }
            every = next
        }
        self.label = label
        self.every = every
    }
}

extension Expression {
    /// All sums over classes in it, also inside of functions; not those inside of sums.
    var sums: [Factor] {
        var found: Set<Factor> = []
        func look(_ expression: Expression) {
            for term in expression.terms {
                for power in term.monomial.powers {
                    switch power.factor.kind {
                    case .sum: found.insert(power.factor)
                    case .function(_, let arguments): arguments.forEach(look)
                    case .group(let inner): look(inner)
                    case .rest, .extreme, .probability, .logit, .isLabel, .position, .constant, .table: break
                    }
                }
            }
        }
        look(self)
        return found.sorted()
    }

    /// Whether it depends on logits through their softmax alone.
    public var usesProbabilitiesOnly: Bool {
        terms.allSatisfy { $0.monomial.powers.allSatisfy { $0.factor.usesProbabilitiesOnly } }
    }
}

extension Factor {
    fileprivate var usesProbabilitiesOnly: Bool {
        switch kind {
        case .probability(let row, _): row == .logits
        case .constant: true
        case .function(_, let arguments): arguments.allSatisfy { $0.usesProbabilitiesOnly }
        case .group(let inner), .sum(let inner, _), .rest(let inner, _): inner.usesProbabilitiesOnly
        case .extreme, .logit, .isLabel, .position, .table: false
        }
    }
}
