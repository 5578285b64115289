/// A function of one probability that is curved one way between 0 and 1. What is known of its sum over classes is
/// Jensen's inequality, and that such a sum is extreme at a corner of the simplex otherwise.
struct Curvature: Sendable {
    let function: Expression
    let isConcave: Bool

    /// nil where the curvature is not certain, or the function depends on something else.
    init?(_ function: Expression) {
        let probability = Factor(.probability(of: .logits, .each))
        guard !function.usesLabel, !function.contains({ $0.isUncertain }),
            let slope = try? function.derived(by: probability),
            let curvature = try? slope.derived(by: probability), !slope.contains({ $0.isUncertain })
        else { return nil }
        // In pieces: a difference of large numbers has no sign as a whole.
        var (isConcave, isConvex) = (true, true)
        for piece in Interval.pieces {
            let range = Evaluation.share(piece).range(of: curvature)
            isConcave = isConcave && range.isNotPositive
            isConvex = isConvex && range.isNotNegative
            guard isConcave || isConvex else { return nil }
        }
        self.function = function
        self.isConcave = isConcave
    }

    private func value(_ share: Interval) -> Interval { Evaluation.share(share).range(of: function) }

    /// The sum over so many classes whose probabilities sum to `total`, from 0 to 1.
    func sum(classes: Int, of total: Interval = Interval(1)) -> Interval {
        guard classes > 0 else { return Interval(0) }
        let count = Interval(Double(classes))
        let whole = total.meeting(Interval(0, 1))
        let flat = value(whole.times(count.inverse)).times(count)
        let corner = value(whole).plus(value(Interval(0)).times(Interval(Double(classes - 1))))
        // Ends are not said to be reached or not.
        return isConcave ? Interval(corner.low, flat.high) : Interval(flat.low, corner.high)
    }
}

extension Factor {
    /// Whether a derivative of it is not one everywhere, or a sum hides what it depends on.
    fileprivate var isUncertain: Bool {
        switch kind {
        case .function(let function, let arguments):
            switch function {
            case .abs, .sign, .maximum, .minimum, .isPositive, .isNotNegative, .isZero, .floor, .ceil, .round, .mod:
                return true
            case .exp, .log, .sqrt, .sin, .cos, .tanh, .sigmoid, .erf, .pow, .reciprocal:
                return arguments.contains { $0.contains { $0.isUncertain } }
            }
        case .group(let inner): return inner.contains { $0.isUncertain }
        case .sum, .rest, .extreme, .logit, .position, .isLabel, .table: return true
        case .probability(let row, let index): return row != .logits || index != .each
        case .constant: return false
        }
    }
}
