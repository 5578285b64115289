import NightjarGraph

/// What can be said for certain of a loss from the graph that it recorded.
///
/// Everything is about real numbers and finite logits: rounding is left out, but for that of the bounds themselves, which
/// are rounded outwards.
public struct LossTheory: Sendable {
    public let classes: Int
    /// The loss of a sample with the label y.
    public let loss: Expression
    public let symmetry: Symmetry
    /// Between what it always is; an end is infinite where none was found.
    public let bounds: Interval
    /// Bounds of the sum over all labels.
    public let sum: Interval
    /// Which way it goes with the label's probability, where it depends on that alone and goes one way.
    public let trend: Trend?
    /// Whether it is certain to have no upper bound.
    public let isUnbounded: Bool
    /// The asymmetry ratio; see ``AsymmetryRatio``.
    public let asymmetry: Interval?
    public let gradient: ProbabilityGradient?

    /// - Parameters:
    ///   - value: one value a sample.
    ///   - logits: a leaf of shape (samples, classes), more than one sample and class, and not as many.
    ///   - labels: an int32 leaf of shape (samples), from 1.
    /// - Throws: ``TheoryFault`` for a graph that no rules are for.
    public init(_ tape: Tape, value: NodeID, logits: NodeID, labels: NodeID) throws {
        var reading = try LossReading(tape, logits: logits, labels: labels)
        let loss = try reading.read(value)
        guard !loss.usesEach, !loss.usesOther else { throw TheoryFault.reason("it does not give one value a sample") }
        var steps: [ProofStep] = []
        if reading.splitsByLabel {
            steps.append(
                ProofStep(
                    rule: "split by label",
                    text: "f(u_k + v_k 1[k = y]) = f(u_k) (1 - 1[k = y]) + f(u_y + v_y) 1[k = y]"))
        }
        if reading.readsMeans {
            steps.append(
                ProofStep(
                    rule: "mean", text: "the double nearest to 1 / \(tape.shape(logits)[1]) stands for the fraction"))
        }
        self.init(loss, classes: tape.shape(logits)[1], steps: steps)
    }

    init(_ loss: Expression, classes: Int, steps: [ProofStep] = []) {
        (self.loss, self.classes) = (loss, classes)
        symmetry = SymmetryProof(loss: loss, classes: classes, readingSteps: steps).result()
        let limits = LossBounds(loss: loss, classes: classes, constant: symmetry.constant)
        bounds = limits.range()
        sum = limits.sumRange()
        trend = limits.trend()
        isUnbounded =
            (trend == .falls && limits.value(at: 0).low == .infinity)
            || (trend == .rises && limits.value(at: 1).low == .infinity)
        asymmetry = AsymmetryRatio(loss, trend: trend)?.value
        gradient = ProbabilityGradient(of: loss)
    }

    /// Whether two graphs say the same: a script that reads numbers off its batch records others for another batch.
    public func agrees(with other: LossTheory) -> Bool { loss == other.loss && classes == other.classes }
}

extension Symmetry {
    /// The proven constant.
    public var constant: Interval? {
        if case .proven(let constant, _) = self { return constant }
        return nil
    }
}
