/// Which way a loss goes as the label's class gets more probable.
public enum Trend: String, Sendable { case falls, rises }

/// Bounds of a loss over all predictions and labels, by interval arithmetic.
struct LossBounds {
    let loss: Expression
    let classes: Int
    /// The sum over labels, where it is proven to be constant.
    let constant: Interval?

    /// The intervals into which the label's probability is cut.
    private static let cells: [Interval] = Interval.pieces

    /// Whether the loss depends on the prediction through the label's probability alone.
    var isOfLabelAlone: Bool { loss.usesProbabilitiesOnly && loss.sums.isEmpty && !loss.usesEach }

    /// Certain where the derivative has one sign in every piece of the way from 0 to 1.
    func trend() -> Trend? {
        guard isOfLabelAlone, loss.isContinuous,
            let slope = try? loss.derived(by: Factor(.probability(of: .logits, .label)))
        else {
            return nil
        }
        let ranges = LossBounds.cells.map { Evaluation.label($0).range(of: slope) }
        if slope.isZero { return nil }
        if ranges.allSatisfy(\.isNegative) { return .falls }
        if ranges.allSatisfy(\.isPositive) { return .rises }
        return nil
    }

    /// What the loss is where the label has a probability, which may be 0 or 1: there, its limit.
    func value(at probability: Double) -> Interval { Evaluation.label(Interval(probability)).range(of: loss) }

    func range() -> Interval {
        let shapes = loss.shapes
        var result = Evaluation(place: .everywhere, shapes: shapes).range(of: loss)
        if loss.usesProbabilitiesOnly, let split = try? loss.splittingSums() {
            let parts = LossBounds.cells.map { cell in
                Evaluation(place: .cell(cell), shapes: shapes.merging(split.shapes) { $1 }).range(of: split)
            }
            if let all = parts.dropFirst().reduce(parts.first, { $0?.joining($1) }) { result = result.meeting(all) }
        }
        if let trend = trend() {
            let (zero, one) = (value(at: 0), value(at: 1))
            let (low, high) = trend == .falls ? (one, zero) : (zero, one)
            if low.low <= high.high { result = result.meeting(Interval(low.low, high.high)) }
        }
        guard let constant else { return result }
        // Of K losses that sum to C, each is C less the others.
        for _ in 0..<2 {
            let others = Interval(Double(classes - 1)).times(result)
            let left = constant.plus(others.negated)
            result = result.meeting(Interval(left.low, left.high))
        }
        return result
    }

    /// Bounds of the sum over labels.
    func sumRange() -> Interval {
        if let constant { return constant }
        var result = Interval(Double(classes)).times(range())
        if let sum = try? loss.summedOverLabels(classes: classes).cancelled() {
            result = result.meeting(Evaluation(place: .everywhere, shapes: sum.shapes).range(of: sum))
        }
        return result
    }
}

extension Expression {
    /// How the functions are curved that it sums over classes.
    var shapes: [String: Curvature] {
        var found: [String: Curvature] = [:]
        func look(_ expression: Expression) {
            for term in expression.terms {
                for power in term.monomial.powers {
                    switch power.factor.kind {
                    case .sum(let inner, _), .rest(let inner, _):
                        if found[inner.key] == nil { found[inner.key] = Curvature(inner) }
                    case .group(let inner): look(inner)
                    case .function(_, let arguments): arguments.forEach(look)
                    case .extreme, .probability, .logit, .isLabel, .position, .constant, .table: break
                    }
                }
            }
        }
        look(self)
        return found
    }

    /// Every sum over classes as the label's part and the rest, so that what is taken off the label's part meets it.
    func splittingSums() throws -> Expression {
        try replacingFactors { try $0.splittingSums() }
    }
}

extension Factor {
    fileprivate func splittingSums() throws -> Expression {
        switch kind {
        case .sum(let inner, let classes) where !inner.usesLabel:
            return try inner.picked().plus(Expression(.rest(inner, classes: classes)))
        case .group(let inner): return try inner.splittingSums()
        case .function(let function, let arguments):
            return try Expression.applying(function, arguments.map { try $0.splittingSums() })
        case .sum, .rest, .extreme, .probability, .logit, .isLabel, .position, .constant, .table:
            return Expression(self)
        }
    }
}
