import NightjarGraph
import NightjarTensor

/// Divides the last dimension by its root mean square and applies a factor for each of its entries: Zhang and Sennrich
/// 2019. Training and evaluation are the same.
public final class RMSNorm: Module {
    public let features: Int
    private let scale: ChannelScale

    /// - Throws: ``ModelError`` for settings out of range.
    public init(features: Int, epsilon: Double = 1e-5, isAffine: Bool = true, dtype: DType = .float32) throws {
        self.features = features
        scale = try ChannelScale(
            "rms_norm", channels: features, epsilon: epsilon, hasWeight: isAffine, hasBias: false, dtype: dtype)
    }

    public var kind: String { "rms_norm" }
    public var weight: Parameter? { scale.weight }
    public var ownParameters: [(name: String, parameter: Parameter)] { scale.parameters }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        try scale.check(context, input)
        let tape = context.tape
        let last = UInt8(1) << UInt8(tape.shape(input).rank - 1)
        let square = try tape.mean(tape.unary(.square, input), axes: last, keep: true)
        return try scale.apply(context, tape.binary(.mul, input, scale.inverseDeviation(tape, square)))
    }
}
