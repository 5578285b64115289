/// The loss is no longer a finite number: the run cannot go on.
public struct DivergenceError: Error, Hashable, CustomStringConvertible, Sendable {
    /// The loss as it came out: NaN or an infinity.
    public let value: Double
    public let lossName: String
    /// Counted from 1.
    public let epoch: Int
    /// Counted from 1 over the whole run.
    public let step: Int
    /// The rate of the step.
    public let learningRate: Double
    /// True when it showed in the evaluation after the epoch, not in a training step.
    public let isEvaluation: Bool
    /// Where the state before it is kept: "runs/.../checkpoint.safetensors, after epoch 3"; nil where it is not.
    public var checkpoint: String?

    public init(
        value: Double, lossName: String, epoch: Int, step: Int, learningRate: Double, isEvaluation: Bool = false
    ) {
        self.value = value
        self.lossName = lossName
        self.epoch = epoch
        self.step = step
        self.learningRate = learningRate
        self.isEvaluation = isEvaluation
    }

    public var description: String {
        let place = isEvaluation ? "in the evaluation after epoch \(epoch), step" : "in epoch \(epoch) at step"
        return """
            the loss '\(lossName)' became \(shortest(value)) \(place) \(step) (learning rate \(shortest(learningRate)))
              lower the learning rate, clip the gradients, or check the loss for the logarithm of 0 and division by 0: \
            --check-numerics shows the line where it began
              the epochs before this one are kept\(checkpoint.map { ", and the last good state in \($0)" } ?? "")
            """
    }
}
