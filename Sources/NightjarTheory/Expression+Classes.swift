/// Sums over classes, and the softmax.
extension Expression {
    /// The sum over all classes of what runs over them.
    /// - Parameter usesUnitSum: whether probabilities are known to sum to one.
    public func summed(classes: Int, usesUnitSum: Bool = true) throws -> Expression {
        var result = Expression.zero
        for term in terms {
            let (inside, outside) = term.monomial.parted { $0.usesEach }
            let factor = Expression(outside, term.coefficient)
            if inside == .one {
                result = try result.plus(factor.times(Fraction(classes)))
            } else if inside.contains({ $0 == Expression.labelMask }) {
                // Of products with the label's mask, only the label's class is left.
                let others = Monomial(inside.powers.filter { $0.factor != Expression.labelMask })
                result = try result.plus(factor.times(Expression(others).picked()))
            } else if usesUnitSum, inside.powers.count == 1, inside.powers[0].exponent == 1,
                case .probability = inside.powers[0].factor.kind
            {
                result = try result.plus(factor)
            } else {
                result = try result.plus(factor.times(Expression(.sum(Expression(inside), classes: classes))))
            }
        }
        return result
    }

    /// The sum over all labels of what depends on one.
    public func summedOverLabels(classes: Int, usesUnitSum: Bool = true) throws -> Expression {
        guard !usesEach, !bindsLabel else { throw TheoryFault.reason("a sum over classes depends on the label") }
        return try renaming(.label, to: .each).summed(classes: classes, usesUnitSum: usesUnitSum)
    }

    /// The entry of the label, of what runs over classes.
    func picked() throws -> Expression { try renaming(.each, to: .label) }

    /// The largest or smallest over the classes.
    func extreme(isLargest: Bool) throws -> Expression {
        guard usesEach else { return self }
        guard !contains({ $0 == Expression.labelMask }) else {
            throw TheoryFault.reason("it takes an extreme of what depends on the label")
        }
        let moving = try Expression(
            summing: terms.filter { $0.monomial.contains { $0.usesEach } }.map { ($0.monomial, $0.coefficient) })
        return try minus(moving).plus(Expression(.extreme(isLargest: isLargest, moving)))
    }

    /// exp(u_k) / sum over k of exp(u_k) is the softmax of u, and its logarithm is u_k - log(sum of exp(u_k)), however
    /// both are written.
    func recognizingSoftmax() throws -> Expression {
        var result = self
        for term in terms {
            if let simpler = try Expression.quotient(term.monomial) {
                result = try result.minus(Expression(term.monomial, term.coefficient))
                    .plus(Expression(simpler, term.coefficient))
            }
        }
        for term in terms where term.coefficient == .one.negated {
            guard let log = Expression(term.monomial).factor, case .function(.log, let inner) = log.kind,
                let row = inner[0].exponentsOfSum, try result.plus(Expression(log)) == row
            else { continue }
            return Expression(.function(.log, [Expression(.probability(of: try row.withoutShift(), .each))]))
        }
        return result
    }

    /// Both halves of a softmax in a product, replaced.
    private static func quotient(_ monomial: Monomial) throws -> Monomial? {
        for power in monomial.powers where power.exponent < 0 {
            guard case .sum(let inner, _) = power.factor.kind, let exponential = inner.factor,
                case .function(.exp, let argument) = exponential.kind, monomial.exponent(of: exponential) > 0
            else { continue }
            let probability = Factor(.probability(of: try argument[0].withoutShift(), .each))
            return monomial.times(
                Monomial([(exponential, -1), (power.factor, 1)])
            ).times(Monomial(probability))
        }
        return nil
    }

    /// u, of the sum over k of exp(u_k).
    private var exponentsOfSum: Expression? {
        guard let factor, case .sum(let inner, _) = factor.kind, let exponential = inner.factor,
            case .function(.exp, let argument) = exponential.kind
        else { return nil }
        return argument[0]
    }

    /// Without what is the same for all classes, which a softmax does not see.
    private func withoutShift() throws -> Expression {
        try Expression(
            summing: terms.filter { $0.monomial.contains { $0.usesEach } }.map { ($0.monomial, $0.coefficient) })
    }

    // MARK: Division

    /// Terms over a sum D that are a multiple of D, divided: c D / D = c. D is never 0, or there would be no such factor.
    public func cancelled() throws -> Expression {
        var result = self
        for _ in 0..<8 {
            guard let next = try result.cancelledOnce() else { return result }
            result = next
        }
        return result
    }

    private func cancelledOnce() throws -> Expression? {
        var groups: Set<Factor> = []
        for term in terms {
            for power in term.monomial.powers where power.exponent < 0 {
                if case .group = power.factor.kind { groups.insert(power.factor) }
            }
        }
        for group in groups.sorted() {
            guard case .group(let divisor) = group.kind else { continue }
            let over = terms.filter { $0.monomial.exponent(of: group) < 0 }
            let least = over.map { $0.monomial.exponent(of: group) }.min() ?? -1
            // All over the highest power.
            let (whole, common) = (Monomial(group, -least), over.filter { $0.monomial.exponent(of: group) == least })
            let numerator = try Expression(summing: common.map { ($0.monomial.times(whole), $0.coefficient) })
            let (quotient, remainder) = try numerator.divided(by: divisor)
            guard !quotient.isZero else { continue }
            let rest = try Expression(
                summing: terms.filter { $0.monomial.exponent(of: group) != least }.map { ($0.monomial, $0.coefficient) }
            )
            return try rest.plus(quotient.times(Expression(Monomial(group, least + 1))))
                .plus(remainder.times(Expression(Monomial(group, least))))
        }
        return nil
    }

    /// Long division by the first terms; what is left is over the divisor still.
    private func divided(by divisor: Expression) throws -> (quotient: Expression, remainder: Expression) {
        var (quotient, remainder) = (Expression.zero, self)
        guard let leading = divisor.terms.last else { return (quotient, remainder) }
        for _ in 0..<20 {
            // A multiple of the divisor has each of its terms.
            let multiple = try remainder.terms.lazy.compactMap { term -> Expression? in
                let powers = leading.monomial.powers
                guard powers.allSatisfy({ term.monomial.exponent(of: $0.factor) >= $0.exponent }) else { return nil }
                let monomial = term.monomial.times(Monomial(powers.map { ($0.factor, -$0.exponent) }))
                let candidate = Expression(monomial, try term.coefficient.times(leading.coefficient.inverse()))
                let product = try candidate.times(divisor)
                let left = try remainder.minus(product)
                return left.terms.count + product.terms.count == remainder.terms.count ? candidate : nil
            }.first { _ in true }
            guard let multiple else { break }
            quotient = try quotient.plus(multiple)
            remainder = try remainder.minus(multiple.times(divisor))
        }
        return (quotient, remainder)
    }
}
