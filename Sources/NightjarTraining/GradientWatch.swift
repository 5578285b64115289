import NightjarGraph
import NightjarNN
import NightjarTensor

/// What is measured of a step's gradients before they are clipped, and what happens where they are not finite.
public struct GradientWatch: Hashable, Sendable {
    public enum Action: String, Sendable {
        /// Training ends with an error that names the parameter; the weights are those before the step.
        case stop
        /// The step is left out and counted.
        case skip
    }

    /// Whether the norm goes into records.
    public var isRecorded = false
    /// nil: training goes on with what there is.
    public var action: Action?

    public init() {}

    var isMeasured: Bool { isRecorded || action != nil }

    /// The Euclidean norm of all gradients together, a float64 number: squares of float32 numbers do not leave its range.
    static func norm(_ tape: Tape, _ gradients: [NodeID]) throws -> NodeID {
        var total = try tape.number(0, dtype: .float64)
        for gradient in gradients {
            let square = try tape.unary(.square, tape.cast(gradient, .float64))
            let axes = Reduction.all(rank: tape.shape(gradient).rank)
            total = try tape.binary(.add, total, tape.reduce(.sum, square, axes: axes, keep: false))
        }
        return try tape.unary(.sqrt, total)
    }

    /// How many numbers of a tensor are finite.
    static func finiteCount(_ tape: Tape, _ node: NodeID) throws -> NodeID {
        let finite = try tape.cast(tape.unary(.isFinite, node), .int32)
        return try tape.reduce(.sum, finite, axes: Reduction.all(rank: tape.shape(finite).rank), keep: false)
    }

    /// The updates of a step, which change nothing where its gradients or its loss are not finite and that matters.
    func guarded(_ tape: Tape, _ updates: [StateUpdate], norm: NodeID?, loss: NodeID) throws -> [StateUpdate] {
        guard action != nil, let norm else { return updates }
        let isGood = try tape.binary(.and, tape.unary(.isFinite, norm), tape.unary(.isFinite, loss))
        return try updates.map {
            StateUpdate($0.tensor, try tape.select(isGood, $0.node, tape.leaf($0.tensor)))
        }
    }
}

/// A step's gradients are not finite, and the trainer was told to stop there.
public struct BadGradientError: Error, Hashable, CustomStringConvertible, Sendable {
    /// The parameter; nil where only the sum of all squares, or the loss, is not finite.
    public let path: String?
    /// Numbers that are not finite, and how many there are in all.
    public let count: Int
    public let total: Int
    public let loss: Double
    /// Counted from 1.
    public let epoch: Int
    /// Counted from 1 over the whole run.
    public let step: Int

    public var description: String {
        let what =
            path.map { "\(count) of \(total) numbers in the gradient of parameter '\($0)' are not finite" }
            ?? "the norm of all gradients is not finite"
        return """
            \(what), in epoch \(epoch) at step \(step) (the loss is \(shortest(loss)))
              the weights are those before the step; --check-numerics shows the line where it began, and \
            bad_gradients = "skip" leaves such steps out
            """
    }
}
