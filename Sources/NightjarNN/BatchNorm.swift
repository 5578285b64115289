import NightjarGraph
import NightjarTensor

/// Batch normalisation over all dimensions but the last: Ioffe and Szegedy 2015.
///
/// In training, every channel is brought to mean 0 and variance 1 over the batch (the variance with 1 / n), and the
/// running mean and variance move by `momentum` toward those of the batch (the variance with 1 / (n - 1)). In
/// evaluation, the running ones take their place. Then comes a factor and an offset for each channel.
///
/// Mean and variance come from one sweep over the input, taken around a value of the data: see ``Moments``.
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
        guard context.mode == .training else {
            let centred = try tape.binary(.sub, input, context.node(runningMean))
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
        let moments = try tape.moments(input, leading: shape.rank - 1)
        try remember(context, moments)
        let variance = try tape.binary(.mul, moments.spread, tape.constant(1 / Double(count), dtype: .float64))
        let factor = try factor(context, variance)
        let centred = try tape.binary(.sub, input, moments.shift)
        let offset = tape.cast(moments.offset, scale.dtype)
        let start = try shifted(context, tape.unary(.neg, tape.binary(.mul, offset, factor)))
        return try tape.binary(.add, tape.binary(.mul, centred, factor), start)
    }

    /// What centred values are multiplied by, `[channels]`.
    private func factor(_ context: ForwardContext, _ variance: NodeID) throws -> NodeID {
        let inverse = context.tape.cast(try scale.inverseDeviation(context.tape, variance), scale.dtype)
        guard let weight else { return inverse }
        return try context.tape.binary(.mul, inverse, context.node(weight))
    }

    private func shifted(_ context: ForwardContext, _ value: NodeID) throws -> NodeID {
        guard let bias else { return value }
        return try context.tape.binary(.add, value, context.node(bias))
    }

    private func remember(_ context: ForwardContext, _ moments: Moments) throws {
        let tape = context.tape
        let momentum = context.statisticsShare ?? momentum
        func moved(_ buffer: Buffer, _ value: NodeID, named name: String) throws {
            let kept = try tape.binary(
                .mul, tape.number(1 - momentum, dtype: .float64), tape.cast(context.node(buffer), .float64))
            let share = try tape.binary(.mul, tape.number(momentum, dtype: .float64), value)
            try context.update(buffer, tape.cast(tape.binary(.add, kept, share), scale.dtype), named: name)
        }
        let unbiased = 1 / Double(moments.count - 1)
        try moved(runningMean, moments.mean, named: "running_mean")
        try moved(
            runningVariance, tape.binary(.mul, moments.spread, tape.constant(unbiased, dtype: .float64)),
            named: "running_var")
    }
}
