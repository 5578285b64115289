import NightjarGraph
import NightjarTensor

/// Brings the last dimension of every sample to mean 0 and variance 1 (with 1 / n), then applies a factor and an offset
/// for each of its entries: Ba, Kiros and Hinton 2016. Training and evaluation are the same.
public final class LayerNorm: Module {
    public let features: Int
    private let scale: ChannelScale

    /// - Throws: ``ModelError`` for settings out of range.
    public init(
        features: Int, epsilon: Double = 1e-5, isAffine: Bool = true, hasBias: Bool = true, dtype: DType = .float32
    ) throws {
        self.features = features
        scale = try ChannelScale(
            "layer_norm", channels: features, epsilon: epsilon, hasWeight: isAffine, hasBias: isAffine && hasBias,
            dtype: dtype)
    }

    public var kind: String { "layer_norm" }
    public var weight: Parameter? { scale.weight }
    public var bias: Parameter? { scale.bias }
    public var ownParameters: [(name: String, parameter: Parameter)] { scale.parameters }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        try scale.check(context, input)
        let last = UInt8(1) << UInt8(context.tape.shape(input).rank - 1)
        return try scale.apply(context, scale.standardized(context.tape, input, axes: last))
    }
}
