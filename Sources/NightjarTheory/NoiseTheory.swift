/// The asymmetry ratio of a loss l(p_y), after Zhou, Liu, Jiang, Gao and Ji, "Asymmetric loss functions for learning with
/// noisy labels", ICML 2021: the infimum over u, v in [0, 1] with u + v <= 1 and v > 0 of
/// (l(u) - l(u + v)) / (l(0) - l(v)).
///
/// It says how much is gained by giving a class of probability u the probability v of another one, beside what the other
/// one loses. So where the weight of one class times the ratio is at least the weight of every other one, moving all
/// probability to it never makes the weighted sum of losses larger. Where l is convex the ratio is least for u near 1 and
/// small v, l'(1) / l'(0); where it is concave it is 1, reached at u = 0.
struct AsymmetryRatio {
    let value: Interval

    /// nil where the loss does not fall in p_y alone, or is not certainly curved one way.
    init?(_ loss: Expression, trend: Trend?) {
        guard trend == .falls, let shaped = try? loss.renaming(.label, to: .each), let shape = Curvature(shaped),
            let slope = try? shaped.derived(by: Factor(.probability(of: .logits, .each)))
        else { return nil }
        guard !shape.isConcave else {
            value = Interval(1)
            return
        }
        let ends = [1.0, 0].map { Evaluation.share(Interval($0)).range(of: slope) }
        // A slope without bound at 0 makes the ratio 0: nothing is said of it.
        guard ends.allSatisfy({ $0.isBounded && $0.high < 0 }) else { return nil }
        let ratio = ends[0].times(ends[1].inverse).meeting(Interval(0, 1))
        guard ratio.low > 0, ratio.low <= ratio.high else { return nil }
        value = ratio
    }
}

/// What theorems say about training on noisy labels, for a loss with what is certain of it.
public struct NoiseTheory: Sendable {
    public let theory: LossTheory
    public init(_ theory: LossTheory) { self.theory = theory }

    private var classes: Double { Double(theory.classes) }

    /// The rate below which the minimizer of the risk under uniform noise is that of the clean risk: (K - 1) / K where the
    /// loss is symmetric (Ghosh, Kumar and Sastry, AAAI 2017, theorem 1; Patel and Sastry, PAKDD 2021, theorem 1).
    public var uniformRate: Double? { theory.symmetry.constant.map { _ in (classes - 1) / classes } }

    /// Whether noise that differs between classes, each class keeping its own label more often than it is given any other
    /// one, leaves the minimizer where the clean risk is 0: a symmetric loss between 0 and C / (K - 1) (Ghosh, Kumar and
    /// Sastry, AAAI 2017, theorem 3).
    public var holdsByClass: Bool {
        guard let constant = theory.symmetry.constant else { return false }
        // Bounds are rounded away from the values that they hold, at each operation.
        let (most, slack) = (constant.high / (classes - 1), 1e-9 * constant.high.magnitude)
        return theory.bounds.low >= -slack && theory.bounds.high <= most + slack
    }

    /// By how much the clean risk of the minimizer of the noisy one exceeds the least clean risk, at most, for uniform
    /// noise of a rate below (K - 1) / K: rate (U - L) / (K - 1 - rate K), where the sum over labels is between L and U.
    ///
    /// With R_rate = (1 - rate K / (K - 1)) R + rate / (K - 1) E[sum over labels]. Ghosh, Kumar and Sastry, AAAI 2017,
    /// section 3 for the sums of mean squared error; for gce this is theorem 1 of Zhang and Sabuncu, NeurIPS 2018:
    /// rate (K^(1-q) - 1) / (q (K - 1 - rate K)).
    /// - Returns: nil where the sum is not bounded or the rate too high.
    public func excessRisk(rate: Double) -> Double? {
        let width = theory.symmetry.constant == nil ? theory.sum.high - theory.sum.low : 0
        guard width.isFinite, rate >= 0, rate * classes < classes - 1 else { return nil }
        return rate * width / (classes - 1 - rate * classes)
    }

    /// The rate of uniform noise below which a loss with this asymmetry ratio r has its minimizer at certainty of the
    /// true class: (1 - rate) r >= rate / (K - 1), by what ``AsymmetryRatio`` says of weights.
    public var asymmetricRate: Double? {
        theory.asymmetry.map { $0.low * (classes - 1) / (1 + $0.low * (classes - 1)) }
    }
}
