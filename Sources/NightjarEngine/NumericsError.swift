import NightjarGraph
import NightjarTensor

/// The first operation of a step that made a NaN or an infinity out of finite numbers. Nothing of the step was written.
public struct NumericsError: Error, CustomStringConvertible, Sendable {
    /// What went into the operation.
    public struct Operand: Sendable {
        public let place: ProvenanceTable.Place?
        public let name: String
        /// Not computed in the step: a parameter, a batch, a number.
        public let isInput: Bool
        /// nil for whole numbers and masks.
        public let summary: TensorSummary?
        public let shape: Shape
        public let dtype: DType
    }

    /// `log`, or `an input` where what came into the step was bad already.
    public let operation: String
    public let place: ProvenanceTable.Place?
    /// The operation that was recorded there, of whose gradient ``operation`` may be a part.
    public let recorded: String
    /// A mask chooses between its result and another.
    public let isSelected: Bool
    /// It belongs to the gradient of what stands at ``place``.
    public let isOfGradient: Bool
    public let result: TensorSummary?
    public let operands: [Operand]

    /// What to write instead, where the branch that a mask does not take is at fault: 0 times an infinite slope.
    public var advice: String? {
        guard isSelected, isOfGradient else { return nil }
        return
            "the branch that nj.where does not take has 0 times its slope, nan where the slope is infinite: make its "
            + "operand safe first, as in nj.where(fine, p, 1):log()"
    }

    /// Without the place of the operation, which callers put where they put places.
    public var message: String {
        let inGradient = isOfGradient ? " in the gradient" : ""
        guard let result else { return "\(operation) made a number that is not finite" }
        let what = result.nanCount > 0 ? "nan" : "infinity"
        let bad = result.nanCount + result.infinityCount
        let first = result.firstBadPosition.map { ", the first at \($0)" } ?? ""
        let verb = operation == "an input" ? "holds" : "made"
        var text =
            "\(operation)\(inGradient) \(verb) \(what): \(bad) of \(result.shape.count) "
            + "\(result.shape.count == 1 ? "number" : "numbers") of shape \(result.shape)\(first)"
        for operand in operands {
            let origin = operand.place.map { $0.line > 0 ? "\($0.source):\($0.line)" : $0.source }
            let name = operand.isInput ? "input" : operand.name
            text += "\n  from \(name) " + (operand.summary?.text ?? "\(operand.shape) \(operand.dtype)")
            if let origin { text += ", made at \(origin)" }
        }
        return text + (advice.map { "\n  \($0)" } ?? "") + "\n  nothing of this step was written"
    }

    public var description: String {
        guard let place else { return message }
        return "\(place.description): \(message)"
    }
}
