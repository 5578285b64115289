/// Functions of expressions, simplified by rules that hold wherever both sides are defined.
extension Expression {
    /// A function of expressions without the label's mask inside: where there is one, both cases are written out.
    static func applying(_ function: Function, _ arguments: [Expression]) throws -> Expression {
        guard arguments.contains(where: { $0.contains { $0 == labelMask } }) else {
            return try simplified(function, arguments)
        }
        let parts = try arguments.map { try $0.splitByLabel() }
        let others = try applying(function, parts.map(\.others))
        let label = try applying(
            function, zip(arguments, parts).map { try $1.others.plus($1.label).renaming(.each, to: .label) })
        let mask = Expression(Expression.labelMask)
        return try others.times(Expression.one.minus(mask)).plus(label.times(mask))
    }

    private static func simplified(_ function: Function, _ arguments: [Expression]) throws -> Expression {
        let first = arguments.first ?? .zero
        let second = arguments.last ?? .zero
        func kept() -> Expression { Expression(.function(function, arguments)) }
        switch function {
        case .exp: return try exponential(first)
        case .log:
            if first == .one { return .zero }
            if case .function(.exp, let inner)? = first.factor?.kind { return inner[0] }
            return kept()
        case .sqrt: return first.isZero || first == .one ? first : kept()
        case .abs:
            let range = first.range
            if range.isNotNegative { return first }
            if range.isNotPositive { return first.negated }
            return kept()
        case .sign:
            let range = first.range
            if range.isPositive { return .one }
            if range.isNegative { return .one.negated }
            return kept()
        case .maximum, .minimum:
            let isLargest = function == .maximum
            let difference = try first.minus(second).range
            if difference.isNotNegative { return isLargest ? first : second }
            if difference.isNotPositive { return isLargest ? second : first }
            return Expression(.function(function, arguments.sorted { $0.key < $1.key }))
        case .isPositive:
            let range = first.range
            if range.isPositive { return .one }
            if range.isNotPositive { return .zero }
            return kept()
        case .isNotNegative:
            let range = first.range
            if range.isNotNegative { return .one }
            if range.isNegative { return .zero }
            return kept()
        case .isZero: return try equality(first)
        case .pow: return try power(first, second)
        case .reciprocal: return try first.reciprocal()
        case .sin, .cos, .tanh, .sigmoid, .erf, .floor, .ceil, .round, .mod: return kept()
        }
    }

    private static func exponential(_ argument: Expression) throws -> Expression {
        if argument.isZero { return .one }
        // exp(u + c log v) = exp(u) v^c.
        for term in argument.terms {
            let logs = term.monomial.powers.filter {
                if case .function(.log, _) = $0.factor.kind { return $0.exponent == 1 }
                return false
            }
            guard logs.count == 1, case .function(.log, let inner) = logs[0].factor.kind else { continue }
            let others = Monomial(term.monomial.powers.filter { $0.factor != logs[0].factor })
            let exponent = Expression(others, term.coefficient)
            guard exponent.isConstant else { continue }
            let rest = try argument.minus(Expression(term.monomial, term.coefficient))
            return try applying(.exp, [rest]).times(applying(.pow, [inner[0], exponent]))
        }
        return Expression(.function(.exp, [argument]))
    }

    private static func equality(_ difference: Expression) throws -> Expression {
        if let number = difference.fraction { return number.isZero ? .one : .zero }
        if difference.range.excludesZero { return .zero }
        let apart = try Expression(.position(.each)).minus(Expression(.position(.label)))
        if difference == apart || difference == apart.negated { return Expression(labelMask) }
        return Expression(.function(.isZero, [difference]))
    }

    private static func power(_ base: Expression, _ exponent: Expression) throws -> Expression {
        if let number = exponent.fraction {
            if number.isZero || base == .one { return .one }
            if number.isWhole, abs(number.numerator) <= 8 {
                let whole = Int(number.numerator)
                return whole > 0 ? try base.power(whole) : try base.reciprocal().power(-whole)
            }
        }
        // (u^a)^b = u^(a b) for u above 0.
        if case .function(.pow, let inner)? = base.factor?.kind, inner[0].range.isPositive {
            return try power(inner[0], inner[1].times(exponent))
        }
        if case .function(.exp, let inner)? = base.factor?.kind {
            return try applying(.exp, [inner[0].times(exponent)])
        }
        return Expression(.function(.pow, [base, exponent]))
    }

    /// 1 / x. What is never 0 gets a negative power, so that it can be cancelled; anything else stays as it is.
    public func reciprocal() throws -> Expression {
        if contains({ $0 == Expression.labelMask }) { return try Expression.applying(.reciprocal, [self]) }
        if isZero { throw TheoryFault.reason("it divides by 0") }
        guard terms.count > 1 || (terms.first.map { $0.monomial != .one } ?? false) else {
            return Expression(try (fraction ?? .one).inverse())
        }
        guard range.excludesZero else { return Expression(.function(.reciprocal, [self])) }
        if terms.count == 1, let term = terms.first {
            // exp(u)^-1 = exp(-u) is left alone: sums are divided by exponentials of the same shift.
            return Expression(
                Monomial(term.monomial.powers.map { ($0.factor, -$0.exponent) }), try term.coefficient.inverse())
        }
        // What all terms have in common stands in front; coefficients inside are whole, the first above 0.
        let content = try self.content()
        let common = Monomial(
            terms[0].monomial.powers.compactMap { power in
                let least = terms.map { $0.monomial.exponent(of: power.factor) }.min { abs($0) < abs($1) } ?? 0
                let isShared = terms.allSatisfy {
                    $0.monomial.exponent(of: power.factor).signum() == power.exponent.signum()
                }
                let isSafe = Expression(power.factor).range.excludesZero
                return isShared && isSafe && least != 0 ? (power.factor, least) : nil
            })
        let inverse = Monomial(common.powers.map { ($0.factor, -$0.exponent) })
        let bare = try Expression(
            summing: terms.map { ($0.monomial.times(inverse), try $0.coefficient.times(content.inverse())) })
        return Expression(inverse.times(Monomial(Factor(.group(bare)), -1)), try content.inverse())
    }

    /// The fraction by which all coefficients are divided to become whole, without a factor in common, the first above 0.
    func content() throws -> Fraction {
        guard let first = terms.first else { return .one }
        var content = first.coefficient
        for term in terms.dropFirst() { content = try content.common(with: term.coefficient) }
        return first.coefficient.isNegative == content.isNegative ? content : content.negated
    }
}
