import NightjarGraph
import NightjarTensor

/// Batch normalisation over all dimensions but the last: Ioffe and Szegedy 2015.
///
/// In training, every channel is brought to mean 0 and variance 1 over the batch (the variance with 1 / n), and the
/// running mean and variance move by `momentum` toward those of the batch (the variance with 1 / (n - 1)). In
/// evaluation, the running ones take their place. Then comes a factor and an offset for each channel.
///
/// Mean and variance come from two sums of one sweep over the input, taken around the running mean: without that, the
/// difference of squares would lose the digits that a mean far from zero takes.
public final class BatchNorm: Module {
    public let channels: Int
    /// The share of the batch in the running mean and variance.
    public let momentum: Double
    public let runningMean: Buffer
    public let runningVariance: Buffer
    private let scale: ChannelScale

    /// - Throws: ``ModelError`` for settings out of range.
    public init(
        channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1, isAffine: Bool = true, dtype: DType = .float32
    ) throws {
        scale = try ChannelScale(
            "batch_norm", channels: channels, epsilon: epsilon, hasWeight: isAffine, hasBias: isAffine, dtype: dtype)
        guard momentum >= 0, momentum <= 1 else {
            throw ModelError("batch_norm needs a momentum from 0 to 1, got \(momentum)")
        }
        self.channels = channels
        self.momentum = momentum
        runningMean = Buffer(try .zeros(Shape([channels]), dtype: dtype))
        runningVariance = Buffer(try .full(Shape([channels]), 1, dtype: dtype))
    }

    public var kind: String { "batch_norm" }
    public var weight: Parameter? { scale.weight }
    public var bias: Parameter? { scale.bias }
    public var ownParameters: [(name: String, parameter: Parameter)] { scale.parameters }
    public var ownBuffers: [(name: String, buffer: Buffer)] {
        [("running_mean", runningMean), ("running_var", runningVariance)]
    }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        try scale.check(context, input)
        let tape = context.tape
        let mean = try context.node(runningMean)
        let centred = try tape.binary(.sub, input, mean)
        guard context.mode == .training else {
            let factor = try factor(context, context.node(runningVariance))
            return try shifted(context, tape.binary(.mul, centred, factor))
        }
        let shape = tape.shape(input)
        let count = shape.count / channels
        guard count > 1 else {
            throw context.error(
                "expected more than one value for each channel in training, got \(shape): a variance needs two. "
                    + "Use larger batches, or layer_norm", [input])
        }
        let axes = Reduction.all(rank: shape.rank) & ~(1 << UInt8(shape.rank - 1))
        // Both around the running mean.
        let offset = try tape.mean(centred, axes: axes, keep: false)
        let square = try tape.mean(tape.unary(.square, centred), axes: axes, keep: false)
        let variance = try tape.binary(
            .maximum, tape.binary(.sub, square, tape.unary(.square, offset)), tape.constant(0, dtype: scale.dtype))
        try remember(context, mean: mean, offset: offset, variance: variance, count: count)
        let factor = try factor(context, variance)
        let start = try shifted(context, tape.unary(.neg, tape.binary(.mul, offset, factor)))
        return try tape.binary(.add, tape.binary(.mul, centred, factor), start)
    }

    /// What centred values are multiplied by, `[channels]`.
    private func factor(_ context: ForwardContext, _ variance: NodeID) throws -> NodeID {
        let inverse = try scale.inverseDeviation(context.tape, variance)
        guard let weight else { return inverse }
        return try context.tape.binary(.mul, inverse, context.node(weight))
    }

    private func shifted(_ context: ForwardContext, _ value: NodeID) throws -> NodeID {
        guard let bias else { return value }
        return try context.tape.binary(.add, value, context.node(bias))
    }

    private func remember(
        _ context: ForwardContext, mean: NodeID, offset: NodeID, variance: NodeID, count: Int
    ) throws {
        let tape = context.tape
        let share = tape.number(momentum, dtype: scale.dtype)
        let unbiased = tape.number(momentum * Double(count) / Double(count - 1), dtype: scale.dtype)
        try context.update(
            runningMean, tape.binary(.add, mean, tape.binary(.mul, share, offset)), named: "running_mean")
        let kept = try tape.binary(
            .mul, tape.number(1 - momentum, dtype: scale.dtype), context.node(runningVariance))
        try context.update(
            runningVariance, tape.binary(.add, kept, tape.binary(.mul, unbiased, variance)), named: "running_var")
    }
}
