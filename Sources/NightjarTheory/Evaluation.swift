/// Where an expression is: at all logits, at a point, or where the label has a probability in some interval.
public struct Evaluation: Sendable {
    enum Place: Sendable {
        case everywhere
        /// Logits, and the label from 0.
        case point([Double], label: Int)
        /// The interval of the label's probability.
        case cell(Interval)
        /// The interval of the probability of the class that k stands for.
        case share(Interval)
    }
    let place: Place
    /// What is known of functions that are summed over classes, by their texts.
    var shapes: [String: Curvature] = [:]

    static let everywhere = Evaluation(place: .everywhere)
    /// - Parameter label: from 0.
    public static func at(_ logits: [Double], label: Int) -> Evaluation {
        Evaluation(place: .point(logits, label: label))
    }
    static func label(_ interval: Interval) -> Evaluation { Evaluation(place: .cell(interval)) }
    static func share(_ interval: Interval) -> Evaluation { Evaluation(place: .share(interval)) }

    /// An interval that holds the expression's value.
    /// - Parameter each: the class that k stands for, at a point.
    public func range(of expression: Expression, each: Int? = nil) -> Interval {
        guard expression.terms.count > 1 else { return sum(expression.terms, each) }
        // What all terms have in common is taken out: x - x y is x (1 - y).
        let common = expression.sharedFactors
        guard common == .one else {
            return range(of: common, each).times(sum(expression.terms.map { $0.over(common) }, each))
        }
        // Terms over the same divisors are one fraction.
        let fractions = Dictionary(grouping: expression.terms) { $0.monomial.divisors }
        guard fractions.count > 1 else { return sum(expression.terms, each) }
        return fractions.sorted { $0.key < $1.key }.reduce(Interval(0)) { total, fraction in
            total.plus(range(of: fraction.key, each).times(sum(fraction.value.map { $0.over(fraction.key) }, each)))
        }
    }

    private func range(of monomial: Monomial, _ each: Int?) -> Interval {
        monomial.powers.reduce(Interval(1)) { $0.times(range(of: $1.factor, each: each).power($1.exponent)) }
    }

    private func sum(_ terms: [Expression.Term], _ each: Int?) -> Interval {
        // Powers of one factor are a polynomial in it: see ``polynomial(_:)``.
        var singles: [Factor: [Int: Fraction]] = [:]
        var total = Interval(0)
        for term in terms {
            if term.monomial.powers.count == 1, let power = term.monomial.powers.first, power.exponent > 0 {
                singles[power.factor, default: [:]][power.exponent] = term.coefficient
            } else {
                total = total.plus(interval(term.coefficient).times(range(of: term.monomial, each)))
            }
        }
        for (factor, coefficients) in singles.sorted(by: { $0.key < $1.key }) {
            total = total.plus(polynomial(coefficients, range(of: factor, each: each)))
        }
        return total
    }

    private func interval(_ number: Fraction) -> Interval {
        let value = number.value
        if Fraction(short: value) == number { return Interval(value) }
        return Interval(value.nextDown.nextDown, value.nextUp.nextUp)
    }

    /// The range of a polynomial without a constant term: by its ends where it is monotone, term by term elsewhere.
    private func polynomial(_ coefficients: [Int: Fraction], _ x: Interval) -> Interval {
        func value(_ x: Interval) -> Interval {
            coefficients.sorted { $0.key < $1.key }.reduce(Interval(0)) {
                $0.plus(interval($1.value).times(x.power($1.key)))
            }
        }
        guard coefficients.count > 1, x.isBounded else { return value(x) }
        func slope(_ x: Interval) -> Interval {
            coefficients.sorted { $0.key < $1.key }.reduce(Interval(0)) {
                $0.plus(interval($1.value).times(Interval(Double($1.key))).times(x.power($1.key - 1)))
            }
        }
        let rate = slope(x)
        guard rate.isNotNegative || rate.isNotPositive else { return value(x) }
        let (left, right) = (value(Interval(x.low)), value(Interval(x.high)))
        // Whether the ends are reached is not followed through.
        return rate.isNotNegative ? Interval(left.low, right.high) : Interval(right.low, left.high)
    }

    func range(of factor: Factor, each: Int? = nil) -> Interval {
        switch factor.kind {
        case .logit(let index):
            guard case .point(let logits, let label) = place else { return .line }
            return place(of: index, label, each).flatMap { logits.indices.contains($0) ? Interval(logits[$0]) : nil }
                ?? .line
        case .position(let index):
            guard case .point(_, let label) = place else { return Interval(0, .infinity) }
            return place(of: index, label, each).map { Interval(Double($0)) } ?? Interval(0, .infinity)
        case .probability(let row, let index): return probability(row, index, each)
        case .isLabel:
            guard case .point(_, let label) = place, let each else { return Interval(0, 1) }
            return Interval(each == label ? 1 : 0)
        case .constant(let number): return number.isFinite ? Interval(number) : .line
        case .function(let function, let arguments):
            return self.function(function, arguments.map { range(of: $0, each: each) })
        case .group(let sum): return range(of: sum, each: each)
        case .sum(let inner, let classes): return classSum(inner, classes)
        case .rest(let inner, let classes): return rest(inner, classes)
        case .extreme(let isLargest, let inner):
            guard case .point(let logits, _) = place else { return range(of: inner) }
            return logits.indices.map { range(of: inner, each: $0) }.reduce(nil as Interval?) { sofar, next in
                sofar.map { isLargest ? $0.larger(next) : $0.smaller(next) } ?? next
            } ?? .line
        case .table(_, let numbers, let index):
            if case .point(_, let label) = place, let place = place(of: index, label, each),
                numbers.indices.contains(place)
            {
                return Interval(numbers[place])
            }
            guard let low = numbers.min(), let high = numbers.max() else { return .line }
            return low.isFinite && high.isFinite ? Interval(low, high) : .line
        }
    }

    private func place(of index: ClassIndex, _ label: Int, _ each: Int?) -> Int? {
        switch index {
        case .each: each
        case .label: label
        case .other: nil
        }
    }

    private func probability(_ row: Expression, _ index: ClassIndex, _ each: Int?) -> Interval {
        switch place {
        case .everywhere: return .unit
        case .cell(let interval): return row == Expression.logits && index == .label ? interval : .unit
        case .share(let interval): return row == Expression.logits && index == .each ? interval : .unit
        case .point(let logits, let label):
            guard let own = place(of: index, label, each) else { return .unit }
            // 1 / sum of exp(u_j - u_own).
            let base = range(of: row, each: own)
            let total = logits.indices.reduce(Interval(0)) { sum, other in
                sum.plus(other == own ? Interval(1) : range(of: row, each: other).plus(base.negated).exponential)
            }
            return total.inverse.meeting(.unit)
        }
    }

    private func classSum(_ inner: Expression, _ classes: Int) -> Interval {
        if case .point(let logits, _) = place {
            return logits.indices.reduce(Interval(0)) { $0.plus(range(of: inner, each: $1)) }
        }
        let one = range(of: inner)
        var result = one.times(Interval(Double(classes)))
        // Weights that sum to one: a mean of the others.
        for power in inner.terms.first?.monomial.powers ?? [] {
            guard case .probability(_, .each) = power.factor.kind, power.exponent > 0 else { continue }
            let others = Monomial(
                (inner.terms.first?.monomial.powers ?? []).map {
                    ($0.factor, $0.factor == power.factor ? $0.exponent - 1 : $0.exponent)
                })
            result = result.meeting(range(of: Expression(others)))
        }
        if let shape = shapes[inner.key] { result = result.meeting(shape.sum(classes: classes)) }
        return result
    }

    private func rest(_ inner: Expression, _ classes: Int) -> Interval {
        let one = Evaluation.everywhere.range(of: inner)
        let plain = one.times(Interval(Double(classes - 1)))
        guard case .cell(let label) = place, let shape = shapes[inner.key] else { return plain }
        return plain.meeting(shape.sum(classes: classes - 1, of: Interval(1).plus(label.negated)))
    }

    private func function(_ function: Function, _ x: [Interval]) -> Interval {
        let (a, b) = (x[0], x[x.count - 1])
        switch function {
        case .exp: return a.exponential
        case .log: return a.logarithm ?? .line
        case .sqrt: return a.root ?? .line
        case .abs: return a.magnitude
        case .sign: return Interval(a.isPositive ? 1 : -1, a.isNegative ? -1 : 1)
        case .sin, .cos: return Interval(-1, 1)
        case .tanh: return a.rising({ Evaluation.tanh($0) }, exact: [0], within: -1...1)
        case .sigmoid: return a.rising({ Evaluation.sigmoid($0) }, within: 0...1)
        case .erf: return a.rising({ Evaluation.erf($0) }, exact: [0], within: -1...1)
        case .floor: return Interval(a.low.rounded(.down), a.high.rounded(.down))
        case .ceil: return Interval(a.low.rounded(.up), a.high.rounded(.up))
        case .round: return Interval(a.low.rounded(.toNearestOrEven), a.high.rounded(.toNearestOrEven))
        case .maximum: return a.larger(b)
        case .minimum: return a.smaller(b)
        case .pow: return a.power(real: b) ?? .line
        case .mod: return .line
        case .isPositive: return a.isPositive ? Interval(1) : a.isNotPositive ? Interval(0) : Interval(0, 1)
        case .isNotNegative: return a.isNotNegative ? Interval(1) : a.isNegative ? Interval(0) : Interval(0, 1)
        case .isZero:
            if a.excludesZero { return Interval(0) }
            return a.low == 0 && a.high == 0 ? Interval(1) : Interval(0, 1)
        case .reciprocal: return a.inverse
        }
    }
}

#if canImport(Glibc)
    import Glibc
#else
    import Foundation
#endif

extension Evaluation {
    fileprivate static func tanh(_ x: Double) -> Double {
        #if canImport(Glibc)
            Glibc.tanh(x)
        #else
            Foundation.tanh(x)
        #endif
    }
    fileprivate static func erf(_ x: Double) -> Double {
        #if canImport(Glibc)
            Glibc.erf(x)
        #else
            Foundation.erf(x)
        #endif
    }
    fileprivate static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}

extension Expression {
    /// The factors that all terms have, to the power that they share.
    var sharedFactors: Monomial {
        guard let first = terms.first else { return .one }
        return Monomial(
            first.monomial.powers.compactMap { power in
                let exponents = terms.map { $0.monomial.exponent(of: power.factor) }
                let isShared = exponents.allSatisfy { $0.signum() == power.exponent.signum() }
                return isShared ? (power.factor, exponents.min { abs($0) < abs($1) } ?? 0) : nil
            })
    }

    /// The logits as they are given.
    static let logits = Expression(.logit(.each))

    /// What it can be, at all logits.
    public var range: Interval { Evaluation.everywhere.range(of: self) }
}
